#include "drivers/redis/script.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/check.h"
#include "drivers/fence_stripe.h"
#include "drivers/judge.h"
#include "drivers/without_values.h"

namespace sideband {
namespace {

constexpr std::size_t kMaxKeys = 100;
constexpr std::size_t kMaxBytes = 256 * 1024;
constexpr std::size_t kDigestFrom = 4096;

// Both scripts answer {codes, details...}: a letter for each key, and a text for each 'e' and 'u'.
// c changed, t already there, r refused, f refused by the fence, e failed and nothing done, u
// failed midway. The fence is a hash with the highest token of each stripe; ARGV[2] has three
// digits a key, its stripe. Tokens are 20 digits, so that text order is their order (Lua's numbers
// lose digits above 2^53).
constexpr std::string_view kPrologue = R"(
local token, stripes, first, old = ARGV[1], ARGV[2], 0, {}
if token ~= '' then
  first = 1
  local names, raised = {}, {}
  for i = 1, #KEYS - 1 do names[i] = string.sub(stripes, i * 3 - 2, i * 3) end
  local seen = redis.call('HMGET', KEYS[1], unpack(names))
  for i = 1, #names do
    if seen[i] and seen[i] > token then old[i + 1] = true
    elseif seen[i] ~= token then raised[#raised + 1] = names[i]; raised[#raised + 1] = token end
  end
  if #raised > 0 then redis.call('HSET', KEYS[1], unpack(raised)) end
end
local codes, details = {}, {}
local function put(code, detail)
  codes[#codes + 1] = code
  if detail then details[#details + 1] = detail end
end
local function put_unread(why)
  if string.sub(why, 1, 9) == 'WRONGTYPE' then put('r') else put('e', why) end
end
local function err_of(reply) return type(reply) == 'table' and reply.err or nil end
)";

constexpr std::string_view kEpilogue = R"(
return {table.concat(codes), unpack(details)}
)";

// ARGV: token, stripes, the kinds of found and want of each key (two letters: 'a' absent, 'v' a
// value, 'd' its SHA-1), then both of each key. Values are compared as they came, because Lua
// hashes each text that it makes. MGET gives nothing for a key of another type, so what it does not
// give is asked for once more.
constexpr std::string_view kStringBody = R"(
local kinds = ARGV[3]
local held = redis.pcall('MGET', unpack(KEYS, first + 1))
if err_of(held) then held = {} end
local function holds(now, kind, spec)
  if kind == 97 then return not now end
  if not now then return false end
  if kind == 118 then return now == spec end
  return redis.sha1hex(now) == spec
end
for i = first + 1, #KEYS do
  local at = (i - first) * 2
  local was, is = string.byte(kinds, at - 1, at)
  local found, want = ARGV[at + 2], ARGV[at + 3]
  local now = held[i - first] or redis.pcall('GET', KEYS[i])
  if old[i] then put('f')
  elseif err_of(now) then put_unread(now.err)
  elseif holds(now, is, want) then put('t')
  elseif not holds(now, was, found) then put('r')
  else
    local done
    if is == 97 then done = redis.pcall('UNLINK', KEYS[i])
    else done = redis.pcall('SET', KEYS[i], want, 'KEEPTTL') end
    if err_of(done) then put('e', err_of(done)) else put('c') end
  end
end
)";

// ARGV: token, stripes, number of owned fields, their names; then for each key found and want: the
// number of fields (0 = absent) with a name and a value each, 'v' and the value or 'd' and its
// SHA-1.
constexpr std::string_view kHashBody = R"(
local function fits(value, spec)
  if string.byte(spec) == 118 then return 'v' .. value == spec end
  return 'd' .. redis.sha1hex(value) == spec
end
local owned, at = {}, 4
for i = 1, tonumber(ARGV[3]) do owned[i] = ARGV[at]; at = at + 1 end
local function load_fields(key)
  local map, n = {}, 0
  local flat
  if #owned > 0 then flat = redis.pcall('HMGET', key, unpack(owned))
  else flat = redis.pcall('HGETALL', key) end
  if flat.err then return nil, flat.err end
  if #owned > 0 then
    for i = 1, #owned do if flat[i] then map[owned[i]] = flat[i]; n = n + 1 end end
  else
    for i = 1, #flat, 2 do map[flat[i]] = flat[i + 1]; n = n + 1 end
  end
  return map, n
end
local function take_fields()
  local n, names, specs = tonumber(ARGV[at]), {}, {}
  at = at + 1
  for i = 1, n do names[i] = ARGV[at]; specs[i] = ARGV[at + 1]; at = at + 2 end
  return n, names, specs
end
local function same(map, count, n, names, specs)
  if count ~= n then return false end
  for i = 1, n do
    local value = map[names[i]]
    if not value or not fits(value, specs[i]) then return false end
  end
  return true
end
local function in_parts(command, key, words)
  for i = 1, #words, 1000 do
    local done = redis.pcall(command, key, unpack(words, i, math.min(i + 999, #words)))
    if err_of(done) then return err_of(done), i > 1 end
  end
end
local function store(key, map, n, names, specs)
  local sets, drops, kept = {}, {}, {}
  for i = 1, n do
    kept[names[i]] = true
    if not map[names[i]] or not fits(map[names[i]], specs[i]) then
      sets[#sets + 1] = names[i]
      sets[#sets + 1] = string.sub(specs[i], 2)
    end
  end
  for name in pairs(map) do if not kept[name] then drops[#drops + 1] = name end end
  local why, midway = in_parts('HSET', key, sets)
  if why then return why, midway end
  why, midway = in_parts('HDEL', key, drops)
  return why, midway or #sets > 0
end
for i = first + 1, #KEYS do
  local fn, fnames, fspecs = take_fields()
  local wn, wnames, wspecs = take_fields()
  local map, count = load_fields(KEYS[i])
  if old[i] then put('f')
  elseif not map then put_unread(count)
  elseif same(map, count, wn, wnames, wspecs) then put('t')
  elseif not same(map, count, fn, fnames, fspecs) then put('r')
  else
    local why, midway
    if wn == 0 and #owned == 0 then why = err_of(redis.pcall('UNLINK', KEYS[i]))
    else why, midway = store(KEYS[i], map, wn, wnames, wspecs) end
    if why then put(midway and 'u' or 'e', why) else put('c') end
  end
end
)";

constexpr std::string_view kSaid = "Redis said: ";

std::string sha1_hex(std::string_view bytes) {
  std::array<unsigned char, 20> digest{};
  std::size_t length = 0;
  SB_CHECK(EVP_Q_digest(nullptr, "SHA1", nullptr, bytes.data(), bytes.size(), digest.data(),
                        &length) == 1);
  return to_hex(std::string_view(reinterpret_cast<const char*>(digest.data()), length));
}

Script make_script(std::string_view body) {
  std::string text = std::string(kPrologue) + std::string(body) + std::string(kEpilogue);
  std::string name = sha1_hex(text);
  return {std::move(text), std::move(name)};
}

// Found states are only compared, so a digest will do for large values; wanted ones are stored.
bool told_by_digest(std::string_view found) {
  return found.size() > kDigestFrom;
}

void add_strings(CommandWriter& words, const std::vector<const Change*>& changes,
                 const ScriptSlice& slice) {
  std::string kinds;
  for (std::size_t i = slice.from; i < slice.to; ++i) {
    const State& found = changes[i]->found;
    kinds += !found.present() ? 'a' : told_by_digest(found.bytes) ? 'd' : 'v';
    kinds += changes[i]->want.present() ? 'v' : 'a';
  }
  words.add(kinds);
  for (std::size_t i = slice.from; i < slice.to; ++i) {
    const std::string& found = changes[i]->found.bytes;
    words.add(told_by_digest(found) ? sha1_hex(found) : found);
    words.add(changes[i]->want.bytes);
  }
}

enum class Told : std::uint8_t { kWhole, kByDigest };

void add_fields(CommandWriter& words, const State& state, Told large) {
  const auto fields = decode_fields(state.present() ? state.bytes : std::string());
  SB_CHECK(fields.ok());  // apply has looked before
  words.add(std::to_string(fields->size()));
  for (const auto& [name, value] : *fields) {
    const bool digest = large == Told::kByDigest && told_by_digest(value);
    words.add(name);
    words.add(digest ? "d" : "v", digest ? sha1_hex(value) : value);
  }
}

void add_hashes(CommandWriter& words, const ScriptContext& context,
                const std::vector<const Change*>& changes, const ScriptSlice& slice) {
  words.add(std::to_string(context.owned.size()));
  for (const std::string& name : context.owned) words.add(name);
  for (std::size_t i = slice.from; i < slice.to; ++i) {
    add_fields(words, changes[i]->found, Told::kByDigest);
    add_fields(words, changes[i]->want, Told::kWhole);
  }
}

void add_keys(CommandWriter& words, const ScriptContext& context,
              const std::vector<const Change*>& changes, const ScriptSlice& slice) {
  const bool fenced = !context.fence_key.empty();
  words.add(std::to_string(slice.to - slice.from + (fenced ? 1 : 0)));
  if (fenced) words.add(context.fence_key);
  for (std::size_t i = slice.from; i < slice.to; ++i) {
    words.add(context.keys.render(changes[i]->key));
  }
  words.add(fenced ? fmt::format("{:020}", context.token) : std::string());
  std::string stripes;
  for (std::size_t i = slice.from; fenced && i < slice.to; ++i) {
    fmt::format_to(std::back_inserter(stripes), "{:03x}", fence_stripe(changes[i]->key));
  }
  words.add(stripes);
}

bool has_detail(char code) {
  return code == 'e' || code == 'u';
}

bool all_bulk(const redisReply& array) {
  return std::all_of(array.element, array.element + array.elements,
                     [](const redisReply* one) { return is_bulk(*one); });
}

ChangeOutcome outcome_of(char code, const std::string& detail) {
  switch (code) {
    case 'c':
      return changed();
    case 't':
      return already_there();
    case 'r':
      return refused("the target holds another state than the one judged");
    case 'f':
      return refused_by_fence();
    case 'e':
      return failed_reply(detail);
    default:
      return unknown_reply("Redis stopped midway: ", detail);
  }
}

}  // namespace

ChangeOutcome unknown_reply(std::string_view what, std::string_view text) {
  const TargetWords words = without_values(text);
  ChangeOutcome out = unknown_outcome(std::string(what) + words.kept);
  out.said = words.hidden;
  return out;
}

ChangeOutcome failed_reply(std::string_view text) {
  const Error error = reply_error(text);
  ChangeOutcome out = failed(error);
  const bool told = error.code == ErrorCode::kPermission || error.retry == Retry::kWhenReady;
  if (!told) out.retry = Retry::kAfter;
  return out;
}

const Script& script_for(RedisType type) {
  static const Script string_script = make_script(kStringBody);
  static const Script hash_script = make_script(kHashBody);
  return type == RedisType::kString ? string_script : hash_script;
}

ScriptSlice next_slice(const std::vector<const Change*>& changes, std::size_t from,
                       std::size_t max_keys, std::size_t max_bytes) {
  ScriptSlice slice{from, from, 0};
  const std::size_t end = std::min(changes.size(), from + std::max<std::size_t>(max_keys, 1));
  while (slice.to < end && (slice.bytes < max_bytes || slice.to == from)) {
    slice.bytes += encoded_size(*changes[slice.to++]);
  }
  return slice;
}

std::vector<ScriptSlice> slice_changes(const std::vector<const Change*>& changes) {
  std::vector<ScriptSlice> slices;
  for (std::size_t from = 0; from < changes.size(); from = slices.back().to) {
    slices.push_back(next_slice(changes, from, kMaxKeys, kMaxBytes));
  }
  return slices;
}

void put_script(std::string& out, const ScriptContext& context,
                const std::vector<const Change*>& changes, const ScriptSlice& slice, bool whole) {
  const Script& script = script_for(context.type);
  CommandWriter words;
  words.add(whole ? "EVAL" : "EVALSHA");
  words.add(whole ? script.text : script.sha1);
  add_keys(words, context, changes, slice);
  if (context.type == RedisType::kHash) {
    add_hashes(words, context, changes, slice);
  } else {
    add_strings(words, changes, slice);
  }
  words.write(out);
}

Result<std::vector<ChangeOutcome>> script_outcomes(const redisReply& reply,
                                                   const ScriptSlice& slice) {
  if (is_error(reply)) return reply_error(text_of(reply));
  if (!is_array(reply) || reply.elements == 0 || !all_bulk(reply)) {
    return odd_reply(reply, "EVALSHA");
  }
  const std::string_view codes = text_of(*reply.element[0]);
  const auto details = std::count_if(codes.begin(), codes.end(), has_detail);
  const bool sound = codes.size() == slice.to - slice.from &&
                     codes.find_first_not_of("ctrfeu") == std::string_view::npos &&
                     reply.elements == static_cast<std::size_t>(details) + 1;
  if (!sound) return odd_reply(reply, "EVALSHA");
  std::vector<ChangeOutcome> outcomes;
  std::size_t detail = 1;
  for (const char code : codes) {
    outcomes.push_back(
        outcome_of(code, has_detail(code) ? std::string(text_of(*reply.element[detail++])) : ""));
  }
  return outcomes;
}

std::optional<Error> common_refusal(const std::vector<ChangeOutcome>& outcomes) {
  if (outcomes.empty()) return std::nullopt;
  const std::string& why = outcomes.front().detail;
  const bool denied = outcomes.front().retry == Retry::kPerson;
  const bool alike = std::all_of(outcomes.begin(), outcomes.end(), [&](const ChangeOutcome& o) {
    return o.outcome == Outcome::kFailed && o.detail == why;
  });
  if (!alike || !why.starts_with(kSaid)) return std::nullopt;
  if (denied) return Error::permission(why);
  const Error error = reply_error(std::string_view(why).substr(kSaid.size()));
  return error.code == ErrorCode::kUnavailable ? std::optional(error) : std::nullopt;
}

}  // namespace sideband
