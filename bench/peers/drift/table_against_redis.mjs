// What one writes by hand in Node, with the usual clients: reads a table in pages of 1,000 rows, asks
// Redis for the same keys with MGET, and compares. With --sweep it then looks with SCAN for keys that
// the table does not have; with --tuned it takes pages of 10,000 rows and has ten MGET in flight.
// Prints one JSON line.
//
//     table_against_redis.mjs CONNECTION REDIS_SOCKET [--sweep] [--tuned]
import Redis from 'ioredis';
import pg from 'pg';

const options = process.argv.slice(4);
const PAGE = options.includes('--tuned') ? 10_000 : 1_000;
const KEYS_A_REQUEST = 1_000;
const PAGE_OF = 'select id, name, price, stock from want where id > $1 order by id limit $2';

async function* pages(client) {
  for (let last = '-1'; ;) {
    const { rows } = await client.query(
      { name: 'page', text: PAGE_OF, values: [last, PAGE], rowMode: 'array' });
    if (rows.length === 0) return;
    yield rows;
    last = rows.at(-1)[0];
  }
}

async function values(cache, rows) {
  const requests = [];
  for (let at = 0; at < rows.length; at += KEYS_A_REQUEST) {
    requests.push(cache.mget(rows.slice(at, at + KEYS_A_REQUEST).map((row) => `item:${row[0]}`)));
  }
  return (await Promise.all(requests)).flat();
}

async function compare(client, cache, ids) {
  let create = 0;
  let update = 0;
  for await (const rows of pages(client)) {
    const found = await values(cache, rows);
    rows.forEach(([id, name, price, stock], at) => {
      if (found[at] === null) create += 1;
      else if (found[at] !== `${name}|${price}|${stock}`) update += 1;
      ids?.add(Number(id));
    });
  }
  return { create, update };
}

async function countExtras(cache, ids) {
  const extras = new Set();
  let cursor = '0';
  do {
    const [next, keys] = await cache.scan(cursor, 'MATCH', 'item:*', 'COUNT', 1_000);
    for (const key of keys) if (!ids.has(Number(key.slice(5)))) extras.add(key);
    cursor = next;
  } while (cursor !== '0');
  return extras.size;
}

const [connection, socket] = process.argv.slice(2);
const begin = performance.now();
const asText = { getTypeParser: () => (value) => value };
const client = new pg.Client({ connectionString: connection, types: asText });
await client.connect();
const cache = new Redis(socket);
const ids = options.includes('--sweep') ? new Set() : undefined;
const counts = await compare(client, cache, ids);
const extras = ids ? await countExtras(cache, ids) : 0;
await client.end();
cache.disconnect();
console.log(JSON.stringify({ s: (performance.now() - begin) / 1000, ...counts, extras }));
