"""Pairs of a job with one mistake and its mended twin, over the same generated data.

    spark-submit pairs.py data joins|files
    spark-submit pairs.py <pair> bad|good
"""
import sys

from common import FOLDER, SEED, once, rows, session, write_result
from pyspark.sql import functions as F

ORDERS, CUSTOMERS, EVENTS = (str(FOLDER / name) for name in ("orders", "customers", "events"))
SMALL_FILES, FEW_FILES = str(FOLDER / "small_files"), str(FOLDER / "few_files")


def make_orders(spark):
    """Of the orders 80 % belong to one customer."""
    orders = spark.range(rows(3_000_000), numPartitions=8).select(
        F.col("id").alias("order"),
        F.when(F.rand(SEED) < 0.8, F.lit(0)).otherwise((F.rand(SEED + 1) * 1000).cast("int")).alias("customer"),
        F.round(F.rand(SEED + 2) * 100, 2).alias("amount"),
        (F.rand(SEED + 3) * 365).cast("int").alias("day"),
    )
    once(ORDERS, lambda path: orders.write.mode("overwrite").parquet(path))


def make_customers(spark):
    customers = spark.range(rows(1000) if rows(1000) > 1000 else 1000).select(
        F.col("id").cast("int").alias("customer"),
        F.concat(F.lit("region "), (F.col("id") % 7).cast("string")).alias("region"),
        F.sha2(F.col("id").cast("string"), 512).alias("note"),
    )
    once(CUSTOMERS, lambda path: customers.coalesce(1).write.mode("overwrite").parquet(path))


def make_files(spark):
    events = spark.read.parquet(ORDERS).select("order", "day", "amount")
    once(SMALL_FILES, lambda path: events.repartition(200).write.mode("overwrite").parquet(path))
    once(FEW_FILES, lambda path: events.repartition(4).write.mode("overwrite").parquet(path))
    once(EVENTS, lambda path: events.withColumn("month", (F.col("day") / 31).cast("int")).repartition("month").write.partitionBy("month").mode("overwrite").parquet(path))


def data(spark, kind):
    """`joins` is what the joins and the spill read, `files` is the rest."""
    make_orders(spark)
    if kind == "joins":
        make_customers(spark)
    else:
        make_files(spark)


def costly(column, rounds=6):
    """Some work per row that cannot be folded away."""
    digest = column.cast("string")
    for _ in range(rounds):
        digest = F.sha2(digest, 256)
    return F.conv(F.substring(digest, 1, 6), 16, 10).cast("long")


def skewed_join(spark, good):
    """All rows of one key in one task; the twin spreads each key over 16 salts."""
    orders, customers = spark.read.parquet(ORDERS), spark.read.parquet(CUSTOMERS)
    if good:
        orders = orders.withColumn("salt", (F.col("order") % 16).cast("int"))
        customers = customers.withColumn("salt", F.explode(F.sequence(F.lit(0), F.lit(15))))
        joined = orders.hint("shuffle_merge").join(customers.hint("shuffle_merge"), ["customer", "salt"])
    else:
        joined = orders.hint("shuffle_merge").join(customers.hint("shuffle_merge"), "customer")
    scored = joined.withColumn("score", costly(F.concat(F.col("note"), F.col("order").cast("string")), 80))
    return scored.groupBy("region").agg(F.count("*").alias("n"), F.sum("score").alias("score"), F.sum("amount").alias("amount"))


def spill(spark, good):
    """A sort that does not fit into the memory that the conf leaves; the twin has the memory."""
    orders = spark.read.parquet(ORDERS)
    wide = orders.withColumn("pad", F.sha2(F.col("order").cast("string"), 512))
    ordered = wide.repartition(2, "day").sortWithinPartitions("pad")
    return ordered.groupBy("day").agg(F.max("pad").alias("last"), F.sum("amount").alias("amount")).groupBy().agg(F.count("*").alias("n"), F.sum("amount").alias("amount"))


def small_files(spark, good):
    return spark.read.parquet(FEW_FILES if good else SMALL_FILES).groupBy("day").agg(F.sum("amount").alias("amount"))


def missing_broadcast(spark, good):
    orders, customers = spark.read.parquet(ORDERS), spark.read.parquet(CUSTOMERS)
    joined = orders.join(F.broadcast(customers) if good else customers.hint("merge"), "customer")
    return joined.groupBy("region").agg(F.count("*").alias("n"), F.sum("amount").alias("amount"))


def no_pushdown(spark, good):
    """The filter of a partition hidden in a Python-free but opaque expression; the twin names the column."""
    events = spark.read.parquet(EVENTS)
    wanted = F.col("month") == 3 if good else F.concat(F.lit("m"), F.sha1((F.col("month") + F.rand(1) * 0).cast("int").cast("string"))) == F.concat(F.lit("m"), F.sha1(F.lit("3")))
    return events.where(wanted).groupBy("day").agg(F.sum("amount").alias("amount"))


def uncached_reuse(spark, good):
    """A costly frame read three times; the twin caches it."""
    scored = spark.read.parquet(FEW_FILES).withColumn("score", costly(F.col("order"), 40) % 1000)
    if good:
        scored = scored.cache()
        scored.count()
    parts = []
    for name, column in (("day", "day"), ("score", "score"), ("ten", "ten")):
        frame = scored.withColumn("ten", F.col("score") % 10)
        part = frame.groupBy(F.col(column).alias("key")).agg(F.count("*").alias("n"))
        parts += [(name, row["key"], row["n"]) for row in part.collect()]
    return spark.createDataFrame(parts, "name string, key long, n long")


PAIRS = {pair.__name__.replace("_", "-"): pair for pair in (skewed_join, spill, small_files, missing_broadcast, no_pushdown, uncached_reuse)}


def main(words):
    name, kind = words
    if name == "data":
        return data(session("pairs data"), kind)
    write_result(PAIRS[name](session(f"pairs {name}"), kind == "good"))


main(sys.argv[1:])
