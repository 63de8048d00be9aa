"""Spark, where one machine does not suffice: the same joins and sums on a cluster."""

from __future__ import annotations

import functools
import re
import socket
import tempfile
import warnings
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote

import narwhals as nw

from stresskit.book.table.engines import NUMERIC
from stresskit.book.table.lines import BROKEN
from stresskit.book.table.source import needed, separator
from stresskit.errors import ComputationError, InputError, MissingExtra

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
    from py4j.java_gateway import JavaGateway
    from pyspark.sql import DataFrame, SparkSession

    from stresskit.book.table.lines import Frame
    from stresskit.book.table.source import Source

# What is said of a session of our own, so that no cluster's habits change an answer.
_OPTIONS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "true",
    "spark.sql.session.timeZone": "UTC",
    # Portfolio 007 of a folder portfolio=007 is not portfolio 7.
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    # pandas writes nanoseconds, which Spark has no type for.
    "spark.sql.legacy.parquet.nanosAsLong": "true",
    # A file that is left out is missing from portfolios without a word.
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
    # Else rows that are too long or too short are read where few columns are used.
    "spark.sql.csv.parser.columnPruning.enabled": "false",
}
# Tables up to this go to every executor; the rows then stay where they are.
_BROADCAST = 2**29


class Spark:
    """Spark over the files, which the driver and all executors must reach.

    Parameters
    ----------
    source
        The table.
    master
        The URL of a cluster. None: a session that is active, else what
        ``spark-submit`` says, else this machine.
    memory
        How much the driver may hold, in bytes, where it is started here.

    Raises
    ------
    InputError
        If the table is one of a database, or the cluster cannot be reached.
    MissingExtra
        If pyspark or Java are not installed.
    """

    far = True

    def __init__(
        self, source: Source, master: str | None = None, *, memory: int = 2**32
    ):
        if source.kind == "table":
            raise InputError(
                "Spark does not read DuckDB databases.",
                hint=f"Export it: COPY {source.table} TO 'book.parquet' (FORMAT "
                "parquet), or leave --engine spark away.",
                code="engine",
            )
        self._source = source
        self._session, self._own = _session(master, memory)
        self._kept: list[DataFrame] = []

    def rows(self) -> Frame:
        """Return the rows (see ``Engine``)."""
        frame: Frame = _run(lambda: nw.from_native(self._typed(NUMERIC)))
        return frame

    def texts(self) -> Frame:
        """Return the rows as texts (see ``Engine``)."""
        frame: Frame = _run(lambda: nw.from_native(self._typed(frozenset())))
        return frame

    def _typed(self, numeric: frozenset[str]) -> DataFrame:
        raw, nanos = self._raw(), self._nanos()
        types = dict(raw.dtypes)
        made, broken = [], []
        for role, name in self._source.columns.items():
            quoted = _quoted(name)
            if role in numeric:
                cell = f"try_cast({quoted} as double)"
                if types[name] == "string":
                    broken.append(f"(trim({quoted}) <> '' and {cell} is null)")
            elif name in nanos:
                micros = f"timestamp_micros({quoted} div 1000)"
                cell = f"date_format({micros}, 'yyyy-MM-dd')"
            elif types[name].startswith("timestamp"):
                cell = f"date_format({quoted}, 'yyyy-MM-dd')"
            else:
                cell = f"cast({quoted} as string)"
            made.append(f"{cell} as {_quoted(role)}")
        if broken:
            made.append(f"coalesce({' or '.join(broken)}, false) as {BROKEN}")
        return raw.selectExpr(*made)

    def _raw(self) -> DataFrame:
        source = self._source
        reader = self._session.read.option("basePath", _uri(source.folder))
        paths = [_pattern(_uri(source.folder / name)) for name in source.files]
        if source.kind == "parquet":
            return reader.parquet(*paths)
        return reader.csv(
            paths,
            header=True,
            # Columns are found by their place: files must have them in one order.
            enforceSchema=False,
            sep=separator(source.folder / source.files[0]),
            multiLine=True,
            escape='"',
            mode="FAILFAST",
        )

    def _nanos(self) -> set[str]:
        """Return the columns of points in time to the nanosecond."""
        if self._source.kind == "csv":
            return set()
        schema = needed("pyarrow.parquet").read_schema(self._source.paths[0])
        return {x.name for x in schema if str(x.type).startswith("timestamp[ns")}

    def put(self, table: pa.Table) -> Frame:
        """Return a small table as a frame (see ``Engine``)."""
        from pyspark.sql.functions import broadcast

        made = _run(lambda: self._session.createDataFrame(table))
        small = table.nbytes <= _BROADCAST
        frame: Frame = nw.from_native(broadcast(made) if small else made)
        return frame

    def keep(self, frame: Frame) -> Frame:
        """Work a frame out once, where it is first used (see ``Engine``)."""
        self._kept.append(_run(lambda: frame.to_native().persist()))
        kept: Frame = nw.from_native(self._kept[-1])
        return kept

    def collect(self, frame: Frame) -> pa.Table:
        """Work a frame out (see ``Engine``)."""
        return _run(lambda: frame.to_native().toArrow())

    def write(self, frame: Frame, path: Path) -> None:
        """Work a frame out into a folder of Parquet files (see ``Engine``)."""
        _run(
            lambda: (
                frame.to_native()
                .write.option("compression", "zstd")
                # A folder of data alone, as other engines make it.
                .option("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false")
                .parquet(_uri(path))
            )
        )

    def close(self) -> None:
        """Free what was kept; stop the session if it was started here."""
        for frame in self._kept:
            frame.unpersist()
        if self._own:
            self._session.stop()


def _session(master: str | None, memory: int) -> tuple[SparkSession, bool]:
    """Return a session with our options, and whether it was started here."""
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise MissingExtra(
            "The engine spark needs pyspark.",
            hint="Install it: pip install 'portfolio-stresskit[spark]'.",
        ) from error
    # What it says of pandas is not for the user: it is handed Arrow tables.
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
    active = SparkSession.getActiveSession()
    if active is None:
        session = _started(master, memory)
    elif master in (None, active.sparkContext.master):
        session = active.newSession()
    else:
        raise InputError(
            f"A Spark session is active on {active.sparkContext.master}, not {master}.",
            hint="Leave --master away, or stop the session.",
            code="master",
        )
    for name, value in _OPTIONS.items():
        session.conf.set(name, value)
    return session, active is None


def _started(master: str | None, memory: int) -> SparkSession:
    """Start Spark here, as the driver."""
    from py4j.protocol import Py4JError
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    url = master or "local[*]"
    _reach(url)
    gateway = _gateway(memory, url.startswith("local"))
    try:
        return SparkSession(SparkContext(master=master, gateway=gateway))
    except Py4JError as error:
        raise InputError(
            f"Spark does not start on {url}: {_said(error)}",
            hint="--master local[*] is this machine, spark://HOST:7077 a cluster.",
            code="master",
        ) from error


def _reach(url: str) -> None:
    """Refuse a cluster that does not answer: Spark would ask it for minutes."""
    if url.startswith("local"):
        return
    if not url.startswith("spark://"):
        raise InputError(
            f"--master {url} is neither this machine nor a standalone cluster.",
            hint="Give local[*] or spark://HOST:7077; all others to spark-submit.",
            code="master",
        )
    wrong = []
    hosts = url.removeprefix("spark://").split(",")
    for name, _, port in (x.rpartition(":") for x in hosts):
        try:
            socket.create_connection((name, int(port)), timeout=10).close()
        except (OSError, ValueError) as error:
            wrong.append(f"{name}:{port} ({error})")
    if len(wrong) == len(hosts):
        raise InputError(
            f"The Spark master cannot be reached: {', '.join(wrong)}.",
            hint="Check --master, and that it runs.",
            code="master",
        )


@functools.cache
def _gateway(memory: int, local: bool) -> JavaGateway:
    """Start Java once; pyspark has no more than one in a process."""
    from pyspark import SparkConf
    from pyspark.errors import PySparkRuntimeError
    from pyspark.java_gateway import launch_gateway

    conf = SparkConf().setAll(
        [
            ("spark.app.name", "stresskit"),
            ("spark.driver.memory", f"{memory // 2**20}m"),
            # Sums by portfolio come back here, however many there are.
            ("spark.driver.maxResultSize", "0"),
            ("spark.ui.enabled", "false" if local else "true"),
            ("spark.ui.showConsoleProgress", "false"),
        ]
    )
    if local:
        # A task of Spark's usual 200 costs more here than the rows that it has.
        conf.set("spark.sql.shuffle.partitions", "8")
    # Else Java writes what it thinks on the user's terminal.
    with tempfile.TemporaryFile() as log:
        try:
            started: JavaGateway = launch_gateway(conf, {"stdout": log, "stderr": log})
        except PySparkRuntimeError as error:
            raise MissingExtra(
                f"Java does not start: {_last(log)}",
                hint="Spark needs Java 17 or newer: install it, or set JAVA_HOME.",
                code="java",
            ) from error
    return started


def _last(log: IO[bytes]) -> str:
    log.seek(0)
    lines = log.read().decode(errors="replace").split("\n")
    return next((x.strip()[:300] for x in reversed(lines) if x.strip()), "no reason")


_NOISE = re.compile(r"^[\w.$]+(Exception|Error): (?=.)|\[[A-Z_.]+\] |\s*SQLSTATE: \w+")
# What no file is to blame for, by what Spark says.
_FAILURES = {
    "memory": r"OutOfMemoryError|Java heap space|SparkOutOfMemory",
    "disk": "No space left on device",
    "spark": r"ExecutorLostFailure|SparkContext (was|has been) (stopped|shut ?down)"
    r"|stopped SparkContext|Answer from Java side is empty|Connection refused",
}


def _run(work: Any) -> Any:
    """Do something, and say in words what went wrong."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        return work()
    except (Py4JError, PySparkException) as error:
        whole, said = str(error), _said(error)
        for code, pattern in _FAILURES.items():
            if re.search(pattern, whole):
                raise ComputationError(
                    f"Spark cannot go on: {said}",
                    hint="Give it more memory, disk or executors, and run again.",
                    code=code,
                ) from error
        raise InputError(
            f"The table cannot be read: {said}",
            hint="Mend the file that is named, or give another.",
            code="file",
        ) from error


def _said(error: Exception) -> str:
    """Return the file that an error names, and what is at the bottom of it."""
    said = [str(error)]
    cause = getattr(error, "java_exception", None)
    while cause is not None:
        said.append(cause.toString())
        cause = cause.getCause()
    named = [x for x in said[1:-1] if "[FAILED_READ_FILE" in x]
    short = (_NOISE.sub("", x.partition("\n")[0]) for x in (*named[:1], said[-1]))
    return " ".join(short)[:500]


def _uri(path: Path) -> str:
    """Name a file so that it is not looked for in the cluster's own file system."""
    return unquote(path.resolve().as_uri())


def _pattern(uri: str) -> str:
    """Return what matches one path only; Spark reads paths as patterns."""
    return re.sub(r"([\\{}\[\]*?])", r"\\\1", uri)


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
