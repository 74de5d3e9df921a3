"""The data of the drift benchmark: tables `want`, `have` with planted differences, `same` without,
and a Redis that holds what `have` holds."""
from lib import proc
from lib.daemon import reconciler, target
from lib.loopback_postgres import LoopbackServer
from lib.redis import RedisClient

CHANGED, MISSING, EXTRA = 600, 200, 200
COLUMNS = ("id bigint primary key, name text not null, price numeric(10,2) not null, "
           "stock integer not null, active boolean not null, note text, "
           "updated_at timestamptz not null")
# Ids are multiples of 8, so that extras stand between them.
ROW = ("i * 8, 'product ' || left(md5(i::text), 16), (i % 99991) / 7.0, i % 1000, i % 3 <> 0, "
       "case when i % 50 <> 0 then md5((i + 7)::text) || ' a note' end, "
       "timestamptz '2026-01-01 00:00+00' + i * interval '1 second'")
COMPARED = ["name", "price", "stock", "active", "note", "updated_at"]


def _side(table, columns, more=""):
    return f"target: tables, table: {table}, key: id, columns: [{', '.join(columns)}]{more}"


def _tables(actual, more=""):
    """The lines of a reconciler of two tables."""
    return [f"desired: {{{_side('want', COMPARED, more)}}}",
            f"actual: {{{_side(actual, COMPARED, more)}}}"]


def _observer(name, *sides):
    return reconciler(name, ["interval: 24h", *sides], "observe")


class Data:
    def __init__(self, bench, rows):
        self.bench, self.rows = bench, rows
        self.server = LoopbackServer(bench.work).start()
        self.redis = None

    def make(self):
        sql = self.server.sql
        sql(f"create table want({COLUMNS})")
        sql(f"insert into want select {ROW} from generate_series(1, {self.rows}) i")
        sql(f"create table have({COLUMNS})")
        sql("insert into have select * from want order by id")
        sql(f"create table same({COLUMNS})")
        sql("insert into same select * from want order by id")
        self._plant()
        for table in ("want", "have", "same"):
            sql(f"create index on {table}(updated_at)")
            sql(f"vacuum (freeze, analyze) {table}")
        sql("checkpoint")
        return self

    def _plant(self):
        step = self.rows // CHANGED
        sql = self.server.sql
        for number, change in enumerate(("name = name || '!'", "price = price + 1",
                                         "stock = stock + 1, note = 'other'",
                                         "active = not active, name = 'other'")):
            sql(f"update have set {change} where id % {step * 8} = 8 and id / {step * 8} % 4 = "
                f"{number} and id / {step * 8} < {CHANGED}")
        step = self.rows // MISSING
        sql(f"delete from have where id % {step * 8} = 16 and id / {step * 8} < {MISSING}")
        sql("insert into have select id + 3, name, price, stock, active, note, updated_at from want"
            f" where id % {step * 8} = 24 and id / {step * 8} < {EXTRA}")

    def fill_redis(self):
        self.redis = self.bench.redis("cache")
        commands = self.bench.work / "commands"
        with open(commands, "wb") as out:
            for row in self._redis_rows():
                out.write(RedisClient.encode("SET", *row.split("\t")))
        with open(commands, "rb") as file:
            proc.output(["redis-cli", "-s", self.redis.socket, "--pipe"], stdin=file)
        commands.unlink()
        return self

    def _redis_rows(self):
        return self.server.sql("copy (select 'item:' || id, name || '|' || price || '|' || stock "
                               "from have) to stdout").splitlines()

    def documents(self, port=None):
        database = f"host: 127.0.0.1, port: {port or self.server.port}, dbname: postgres, user: bench"
        out = [target("tables", "postgres", database, "connections: 4"),
               _observer("pg", *_tables("have")),
               _observer("same", *_tables("same", ", changedSince: updated_at"))]
        if self.redis:
            in_redis = _side("want", ["name", "price", "stock"])
            out += [target("cache", "redis", f"socket: {self.redis.socket}"),
                    _observer("redis", f"desired: {{{in_redis}}}",
                              'actual: {target: cache, key: "item:{id}", '
                              'value: "{name}|{price}|{stock}"}')]
        return out

    def configure(self, port=None):
        folder = self.bench.work / f"conf-{port or 'direct'}"
        folder.mkdir(exist_ok=True)
        (folder / "all.yaml").write_text("".join(self.documents(port)))
        return folder
