// Random expressions, evaluated by `sideband eval --batch` and by another implementation of CEL: both
// give the same value, or both an error.
//
//   SIDEBAND_BIN=... node rules.mjs [COUNT = 100000] [SEED = 1]
//
// Expressions are made by type, so that most of them have a value; about one part in twenty is of
// another type on purpose. The other one checks types before it runs, and then refuses what would have had
// a value here: those are counted. What its version is known to do otherwise than the specification is
// not asked: has() of a literal, int() and a quotient out of range, double() and string() of an item, keys that
// are no strings.
// Prints each difference with its expression, and ends with 1 when there is one.
import {spawnSync} from 'node:child_process'
import {Environment} from '@marcbachmann/cel-js'

const count = Number(process.argv[2] ?? 100000)
const seed = BigInt(process.argv[3] ?? 1)

// splitmix64: the same seed gives the same expressions.
let state = BigInt.asUintN(64, seed)
function random(limit) {
  state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n)
  let z = state
  z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n)
  z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn)
  return Number((z ^ (z >> 31n)) % BigInt(limit))
}
const pick = (items) => items[random(items.length)]

const bindings = {i: 7n, j: -3n, d: 1.5, s: 'sku-1', t: true, f: false, l: [1n, 2n, 3n], m: {a: 1n, b: 2n}}

function literal(type) {
  switch (type) {
    case 'int': return pick(['0', '1', '2', '-5', '42', '1000', '9223372036854775807', '-9223372036854775807', 'i', 'j'])
    case 'double': return pick(['0.0', '1.5', '-2.25', '1e3', '0.1', '1e308', 'd'])
    case 'bool': return pick(['true', 'false', 't', 'f'])
    case 'string': return pick(["''", "'a'", "'abc'", "'caf\\u00e9'", "'A-b'", 's'])
    case 'list': return pick(['[]', '[1]', '[3, 1, 2]', '[1, 1]', 'l'])
    case 'map': return pick(['{}', "{'a': 1}", "{'a': 1, 'c': 3}", 'm'])
  }
}

let names = 0
// Makes an expression of a type; `scope` has the names of loops, which are ints.
function make(type, depth, scope) {
  if (depth <= 0) {
    if (type === 'int' && scope.length > 0 && random(2) === 0) return pick(scope)
    return literal(type)
  }
  if (random(20) === 0) type = pick(['int', 'double', 'bool', 'string', 'list', 'map'])
  const sub = (of, within = scope) => make(of, depth - 1 - random(2), within)
  const loop = (form) => {
    const name = `x${names++}`
    return form(name, [...scope, name])
  }
  const choices = {
    int: [
      () => `(${sub('int')} ${pick(['+', '-', '*', '/', '%'])} ${sub('int')})`,
      () => `size(${sub(pick(['string', 'list', 'map']))})`,
      () => `${sub('list')}[${random(4)}]`,
      () => `${sub('map')}.${pick(['a', 'b', 'c'])}`,
      () => `${sub('map')}['${pick(['a', 'b', 'c'])}']`,
      () => `(${sub('bool')} ? ${sub('int')} : ${sub('int')})`,
      () => `int(${pick(['1.5', '-2.25', '1e3', 'd', '0.1'])})`,
    ],
    double: [
      () => `(${sub('double')} ${pick(['+', '-', '*', '/'])} ${sub('double')})`,
      () => `double(${pick(['1', '-5', '1000', 'i', 'j'])})`,
      () => `(${sub('bool')} ? ${sub('double')} : ${sub('double')})`,
    ],
    bool: [
      () => `(${sub('bool')} && ${sub('bool')})`,
      () => `(${sub('bool')} || ${sub('bool')})`,
      () => `!(${sub('bool')})`,
      () => { const of = pick(['int', 'double', 'string']); return `(${sub(of)} ${pick(['<', '<=', '>', '>='])} ${sub(of)})` },
      () => { const of = pick(['int', 'double', 'string', 'bool', 'list', 'map']); return `(${sub(of)} ${pick(['==', '!='])} ${sub(of)})` },
      () => `(${sub('int')} in ${sub('list')})`,
      () => `(${sub('string')} in ${sub('map')})`,
      () => `has(m.${pick(['a', 'b', 'c'])})`,
      () => `${sub('string')}.${pick(['startsWith', 'endsWith', 'contains'])}(${sub('string')})`,
      () => `${sub('string')}.matches('${pick(['^a', 'b+', '[a-c]{2}', 'x|a'])}')`,
      () => loop((x, within) => `${sub('list')}.${pick(['all', 'exists', 'exists_one'])}(${x}, ${sub('bool', within)})`),
    ],
    string: [
      () => `(${sub('string')} + ${sub('string')})`,
      () => `string(${pick(['i', 'j', 't', '-5', '42', 'size(s)', 'l.size()'])})`,
      () => `(${sub('bool')} ? ${sub('string')} : ${sub('string')})`,
    ],
    list: [
      () => `(${sub('list')} + ${sub('list')})`,
      () => `[${sub('int')}, ${sub('int')}]`,
      () => loop((x, within) => `${sub('list')}.map(${x}, ${sub('int', within)})`),
      () => loop((x, within) => `${sub('list')}.filter(${x}, ${sub('bool', within)})`),
    ],
    map: [
      () => `{${literal('string')}: ${sub('int')}}`,
      () => `{'a': ${sub('int')}, 'b': ${sub('int')}}`,
    ],
  }
  return pick(choices[type])()
}

// A value of the other implementation in the form that sideband answers in.
function expr(value) {
  if (value === null) return {nullValue: null}
  if (typeof value === 'boolean') return {boolValue: value}
  if (typeof value === 'bigint') return {int64Value: String(value)}
  if (typeof value === 'number') return {doubleValue: Number.isFinite(value) ? value : String(value)}
  if (typeof value === 'string') return {stringValue: value}
  if (Array.isArray(value)) return {listValue: {values: value.map(expr)}}
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  return {mapValue: {entries: entries.map(([key, item]) => ({key: expr(key), value: expr(item)}))}}
}

// Entries of maps have no order, and -0 is 0.
function canonical(value) {
  const text = JSON.stringify(value, (name, part) => {
    if (name === 'entries') return part.map((entry) => JSON.stringify(entry)).sort()
    return Object.is(part, -0) ? 0 : part
  })
  return text
}

function ours(expressions) {
  const bound = Object.fromEntries(Object.entries(bindings).map(([name, value]) => [name, expr(value)]))
  const input = expressions.map((text, id) => JSON.stringify({id, expr: text, bindings: bound})).join('\n') + '\n'
  const run = spawnSync(process.env.SIDEBAND_BIN, ['eval', '--batch'], {input, maxBuffer: 1 << 30})
  if (run.status !== 0) throw new Error(`sideband eval --batch ended with ${run.status}`)
  return run.stdout.toString().trimEnd().split('\n').map((line) => JSON.parse(line))
}

const environment = new Environment({unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false})
function theirs(text) {
  try {
    return {value: expr(environment.evaluate(text, bindings))}
  } catch (error) {
    return {error: String(error.message).split('\n')[0]}
  }
}

const types = ['int', 'double', 'bool', 'string', 'list', 'map']
const expressions = []
for (let n = 0; n < count; ++n) expressions.push(make(pick(types), 1 + random(4), []))
const answers = ours(expressions)
const met = /zero|overflow|no such key|out of bounds|unknown variable/i  // errors of values, not of types
let differences = 0, values = 0, refusals = 0
expressions.forEach((text, n) => {
  const mine = answers[n], other = theirs(text)
  if (mine.value) ++values
  if (mine.error && other.error) return
  if (mine.value && other.value && canonical(mine.value) === canonical(other.value)) return
  if (mine.value && other.error && !met.test(other.error)) return void ++refusals
  ++differences
  if (differences <= 20) console.log(`${text}\n  sideband: ${JSON.stringify(mine.value ?? mine.error)}\n  other:    ${JSON.stringify(other.value ?? other.error)}`)
})
console.log(`${count} expressions of seed ${seed}: ${values} values, ${count - values} errors, ${refusals} refused by the other, ${differences} differences`)
process.exitCode = differences > 0 || values < count / 4 ? 1 : 0
