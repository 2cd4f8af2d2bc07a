"""What the bundled workloads share: the session, seeded data, and the rows that are checked."""
import json
import os
import time
from pathlib import Path

from pyspark.sql import SparkSession

SCALE = float(os.environ.get("SCALE", "1"))
SEED = int(os.environ.get("SEED", "7"))
FOLDER = Path(os.environ.get("SPARKFIT_BENCH_FOLDER", "/tmp/sparkfit-bench")) / "data"


def session(name):
    """All settings but the master come from SPARK_CONF_DIR, and so from the suite."""
    return SparkSession.builder.appName(name).getOrCreate()


def rows(count):
    return max(1, int(count * SCALE))


def write_result(frame):
    """Writes the rows of a small result where the check looks for them."""
    write_rows([row.asDict() for row in frame.collect()])


def write_rows(records):
    target = os.environ.get("SPARKFIT_RESULT")
    if not target:
        return
    with open(target, "w", encoding="utf-8") as out:
        for record in records:
            out.write(json.dumps(record, default=str, sort_keys=True) + "\n")


def once(path, make):
    """Makes a data set unless it is there; half-made ones are not taken for whole."""
    done = Path(path) / "_SUCCESS"
    if not done.exists():
        began = time.time()
        make(str(path))
        print(f"made {path} in {time.time() - began:.1f} s", flush=True)
