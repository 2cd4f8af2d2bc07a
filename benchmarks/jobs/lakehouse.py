"""A lakehouse in small: raw files, Iceberg tables under a Hive Metastore, features, a model.

The metastore is an embedded Derby database in the run's own folder, so that every run begins with an empty one.
"""
import os
import shutil
from pathlib import Path

from common import SEED, rows, write_rows
from pyspark.ml.clustering import KMeans
from pyspark.ml.feature import StandardScaler, VectorAssembler
from pyspark.ml.recommendation import ALS
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

HOME = Path(os.environ.get("SPARKFIT_BENCH_FOLDER", "/tmp/sparkfit-bench")) / "lakehouse"
RAW, WAREHOUSE, METASTORE = HOME / "raw", HOME / "warehouse", HOME / "metastore"
MODEL = os.environ.get("MODEL", "kmeans")


def start():
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    settings = {
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.catalog.lake": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.lake.type": "hive",
        "spark.sql.warehouse.dir": str(WAREHOUSE),
        "spark.hadoop.hive.metastore.warehouse.dir": str(WAREHOUSE),
        "spark.hadoop.javax.jdo.option.ConnectionURL": f"jdbc:derby:;databaseName={METASTORE};create=true",
        "spark.hadoop.datanucleus.schema.autoCreateAll": "true",
        "spark.hadoop.hive.metastore.schema.verification": "false",
        # One session has the metastore to itself, and Derby's automatic schema has no tables for locks.
        "spark.hadoop.iceberg.engine.hive.lock-enabled": "false",
    }
    builder = SparkSession.builder.appName("lakehouse")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def raw_files(spark):
    """Events of a shop as CSV, as they would come in."""
    events = spark.range(rows(200_000), numPartitions=4).select(
        F.col("id").alias("event"),
        (F.rand(SEED) * rows(2_000)).cast("int").alias("user"),
        (F.rand(SEED + 1) * 300).cast("int").alias("item"),
        F.round(F.rand(SEED + 2) * 50, 2).alias("amount"),
        F.expr("timestampadd(HOUR, cast(id % 240 as int), timestamp'2026-01-01 00:00:00')").alias("at"),
    )
    events.write.mode("overwrite").option("header", True).csv(str(RAW))


def ingest(spark):
    """Two batches; the second one has a column more."""
    spark.sql("CREATE NAMESPACE IF NOT EXISTS lake.shop")
    schema = "event long, user int, item int, amount double, at timestamp"
    spark.read.option("header", True).schema(schema).csv(str(RAW)).createOrReplaceTempView("raw")
    spark.sql(
        "CREATE TABLE lake.shop.events (event bigint, user int, item int, amount double, at timestamp) "
        "USING iceberg PARTITIONED BY (days(at))"
    )
    spark.sql("INSERT INTO lake.shop.events SELECT * FROM raw WHERE event % 2 = 0")
    first = spark.sql("SELECT snapshot_id FROM lake.shop.events.snapshots").head()[0]
    spark.sql("ALTER TABLE lake.shop.events ADD COLUMN channel string")
    spark.sql(
        "INSERT INTO lake.shop.events SELECT *, if(item % 3 = 0, 'app', 'web') FROM raw WHERE event % 2 = 1"
    )
    return first


def questions(spark, first):
    then = spark.sql(f"SELECT count(*) FROM lake.shop.events VERSION AS OF {first}").head()[0]
    now = spark.sql("SELECT count(*) FROM lake.shop.events").head()[0]
    channels = {
        str(row[0]): row[1]
        for row in spark.sql("SELECT channel, count(*) FROM lake.shop.events GROUP BY channel").collect()
    }
    day = "at >= timestamp'2026-01-03 00:00:00' AND at < timestamp'2026-01-04 00:00:00'"
    one_day = spark.sql(f"SELECT count(*), sum(amount) FROM lake.shop.events WHERE {day}").head()
    files = spark.sql("SELECT count(*) FROM lake.shop.events.files").head()[0]
    return [
        {"question": "time travel", "rows": then},
        {"question": "now", "rows": now},
        *({"question": f"channel {name}", "rows": count} for name, count in sorted(channels.items())),
        {"question": "one day", "rows": one_day[0], "amount": float(one_day[1])},
        {"question": "partitioned", "rows": int(files >= 10)},
    ]


def features(spark):
    spark.sql(
        """CREATE TABLE lake.shop.features USING iceberg AS
        SELECT user, count(*) AS orders, sum(amount) AS spent, avg(amount) AS basket,
          count(DISTINCT item) AS items, count(DISTINCT date(at)) AS days
        FROM lake.shop.events GROUP BY user"""
    )
    return spark.table("lake.shop.features")


def train(spark, users):
    if MODEL == "als":
        ratings = spark.sql("SELECT user, item, cast(sum(amount) AS float) AS rating FROM lake.shop.events GROUP BY user, item")
        model = ALS(rank=5, maxIter=3, seed=SEED, userCol="user", itemCol="item", ratingCol="rating").fit(ratings)
        return {"question": "als", "rows": model.userFactors.count()}
    columns = ["orders", "spent", "basket", "items", "days"]
    vectors = VectorAssembler(inputCols=columns, outputCol="raw").transform(users)
    scaled = StandardScaler(inputCol="raw", outputCol="features").fit(vectors).transform(vectors).cache()
    model = KMeans(k=5, maxIter=10, seed=SEED).fit(scaled)
    return {"question": "kmeans", "rows": len(model.clusterCenters())}


def main():
    spark = start()

    def step(name, work, *words):
        spark.sparkContext.setJobDescription(name)
        return work(spark, *words)

    step("write raw files", raw_files)
    first = step("ingest and evolve the schema", ingest)
    answers = step("time travel and pruning", questions, first)
    users = step("features", features)
    model = step(f"train {MODEL}", train, users)
    write_rows([*answers, {"question": "users", "rows": users.count()}, model])


main()
