"""What one writes by hand: reads a table page by page, asks Redis for the same keys with MGET, and
compares. With --sweep it then looks with SCAN for keys that the table does not have. Prints one JSON
line.

    table_against_redis.py CONNECTION REDIS_SOCKET PAGE [--sweep]
"""
import json
import sys
import time

import psycopg2
import redis

PAGE_OF = "select id, name, price, stock from want where id > %s order by id limit %s"


def compare(table, cache, page, ids):
    """Counts keys that are missing and that have another value; `ids` gets all of the table."""
    missing = changed = 0
    last = -1
    while True:
        table.execute(PAGE_OF, (last, page))
        rows = table.fetchall()
        if not rows:
            return missing, changed
        found = cache.mget([f"item:{row[0]}" for row in rows])
        for (number, name, price, stock), value in zip(rows, found):
            if value is None:
                missing += 1
            elif value.decode() != f"{name}|{price}|{stock}":
                changed += 1
        if ids is not None:
            ids.update(row[0] for row in rows)
        last = rows[-1][0]


def extras(cache, ids):
    return sum(int(key[5:]) not in ids for key in set(cache.scan_iter("item:*", count=1000)))


def main(words):
    begin = time.monotonic()
    table = psycopg2.connect(words[0]).cursor()
    cache = redis.Redis(unix_socket_path=words[1])
    ids = set() if "--sweep" in words else None
    missing, changed = compare(table, cache, int(words[2]), ids)
    extra = extras(cache, ids) if ids is not None else 0
    print(json.dumps({"s": round(time.monotonic() - begin, 5), "create": missing,
                      "update": changed, "extras": extra}))


main(sys.argv[1:])
