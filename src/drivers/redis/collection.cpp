#include "drivers/redis/collection.h"

#include <algorithm>
#include <unordered_set>

#include "drivers/judge.h"
#include "drivers/redis/applier.h"
#include "drivers/redis/reader.h"
#include "drivers/redis/server_info.h"

namespace sideband {
namespace {

// As many as are in flight at once, see reader.cpp; a scan keeps several pages in memory.
constexpr std::size_t kPageItems = 4 * kSwiftBatches.max;
// One script: the server is busy with it while the next ones are judged.
constexpr std::size_t kApplyItems = 100;
// Of one step of SCAN, about a millisecond of the server's.
constexpr std::size_t kMaxCount = 1000;
// SCAN steps without a single match before an empty page goes back.
constexpr int kMaxEmptySteps = 64;

void ask_step(RedisConnection& connection, const KeyTemplate& keys, const std::string& cursor,
              std::size_t count) {
  connection.add({"SCAN", cursor, "MATCH", keys.pattern(), "COUNT", std::to_string(count)});
}

// The next cursor of a step. One that does not move would scan for ever.
Result<std::string> cursor_of(const RedisTexts& step, const std::string& asked) {
  if (!step.is_step()) return step.odd("SCAN");
  const std::string_view cursor = *step.at(0);
  const bool digits =
      !cursor.empty() && cursor.find_first_not_of("0123456789") == std::string_view::npos;
  if (!digits || (cursor == asked && cursor != "0")) return step.odd("SCAN");
  return std::string(cursor);
}

constexpr const char* kAmbiguous =
    "its key in Redis could be that of another one too: a part of the key holds what stands "
    "between "
    "two placeholders of actual.key";

// The items of all keys: `read` are those of the keys that can be there, in the same order.
std::vector<Item> with_others(const std::vector<std::string>& keys, std::vector<Item> read,
                              const KeyTemplate& made_by) {
  std::vector<Item> out;
  auto next = read.begin();
  for (const std::string& key : keys) {
    if (next != read.end() && next->key == key) {
      out.push_back(std::move(*next++));
    } else {
      const bool unclear = made_by.is_ambiguous(key);
      out.push_back({key, unclear ? State::unknown(kAmbiguous) : State::absent()});
    }
  }
  return out;
}

// A server that leaves the pattern out of account may leave out keys too.
Result<void> check_keys(const RedisTexts& step, const KeyTemplate& keys) {
  for (std::size_t i = 1; i < step.size(); ++i) {
    if (!keys.matches(*step.at(i))) {
      return Error::corrupt("Redis answered SCAN with a key that does not match the pattern");
    }
  }
  return {};
}

// Each key once.
std::vector<std::string> keys_of(const RedisTexts& step, const KeyTemplate& keys) {
  std::vector<std::string> out;
  std::unordered_set<std::string_view> seen;
  for (std::size_t i = 1; i < step.size(); ++i) {
    const std::string_view key = *step.at(i);
    auto id = keys.reverse(key);
    if (id && seen.insert(key).second) out.push_back(std::move(*id));
  }
  return out;
}

constexpr const char* kNotAskedFor = "not asked for";

// Some perhaps twice, behind `items`.
void take_keys(const RedisTexts& step, const KeyTemplate& keys, std::vector<Item>& items) {
  for (std::size_t i = 1; i < step.size(); ++i) {
    auto id = keys.reverse(*step.at(i));
    if (id) items.push_back({std::move(*id), State::unknown(kNotAskedFor)});
  }
}

std::size_t bytes_of(const RedisTexts& texts) {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) bytes += texts.at(i).value_or("").size();
  return bytes;
}

// Shows how many keys one such command takes now.
Gauge* size_gauge(const DriverContext& context, const RedisOptions& options,
                  const std::string& command) {
  if (context.metrics == nullptr || !options.gentle) return nullptr;
  return &context.metrics->gauge(
      "sideband_command_keys", "Keys in one command to a target whose rates are limited.",
      {{"target", options.target}, {"collection", options.keys.pattern()}, {"command", command}});
}

std::optional<ChangeOutcome> reject(const Change& change, const RedisOptions& options) {
  const Shape shape = options.type == RedisType::kString ? Shape::kBytes : Shape::kFields;
  if (auto rejected = reject_unsound(change, shape)) return rejected;
  if (options.keys.is_ambiguous(change.key)) return failed(kAmbiguous);
  if (!options.keys.makes(change.key)) {
    return failed("the key is empty, one of our own, or none that the desired side can have");
  }
  if (shape == Shape::kBytes) return std::nullopt;
  const auto found = decode_fields(change.found.present() ? change.found.bytes : std::string());
  const auto want = decode_fields(change.want.present() ? change.want.bytes : std::string());
  if (!found || !want) return failed("the change's fields are damaged");
  if (change.want.present() && want->empty()) return failed("Redis cannot hold an empty hash");
  for (const auto& [name, value] : *want) {
    const auto& owned = options.owned;
    if (!owned.empty() && std::find(owned.begin(), owned.end(), name) == owned.end()) {
      return failed("field '" + name + "' is not among the fields of this collection");
    }
  }
  return std::nullopt;
}

}  // namespace

RedisCollection::RedisCollection(RedisOptions options,
                                 std::shared_ptr<RedisConnections> connections,
                                 const DriverContext& context)
    : options_(std::move(options)),
      context_(context),
      connections_(std::move(connections)),
      reads_(options_.gentle ? kGentleBatches : kSwiftBatches,
             size_gauge(context, options_, "read")),
      scans_(kGentleBatches, size_gauge(context, options_, "scan")),
      scripts_(kGentleBatches, size_gauge(context, options_, "write")) {}

CollectionTraits RedisCollection::traits() const {
  const Shape shape = options_.type == RedisType::kString ? Shape::kBytes : Shape::kFields;
  CollectionTraits traits{KeyOrder::kNone, PreconditionClass::kCas, !options_.fence_key.empty(),
                          options_.writable, shape};
  if (!options_.gentle) traits.page_items = kPageItems;
  if (!options_.gentle) traits.apply_items = kApplyItems;
  traits.judges = true;
  traits.columns = options_.owned;
  traits.keys = options_.keys.ids();
  traits.key_placeholders = options_.keys.placeholders();
  // By these names a template of the actual side tells which column is which.
  if (traits.keys.size() > 1) traits.key_columns = options_.keys.placeholders();
  traits.max_size = options_.max_size;
  traits.identity = true;
  traits.separate_changes = true;
  return traits;
}

std::string RedisCollection::named(std::string message) const {
  const std::string& user = connections_->endpoint().user;
  return with_names(std::move(message), user.empty() ? "default" : user,
                    redis_key_grants(options_.keys, options_.fence_key));
}

Error RedisCollection::named(Error error) const {
  error.message = named(std::move(error.message));
  return error;
}

Result<void> RedisCollection::check(Duration timeout) {
  SB_ASSIGN(auto connection, connections_->take(Deadline(context_.clock, timeout)));
  connections_->give(std::move(connection));
  return {};
}

Result<std::vector<Item>> RedisCollection::read_over(RedisConnection& connection,
                                                     const std::vector<std::string>& keys,
                                                     const Deadline& deadline) {
  const ReadContext context{options_.type, options_.keys, options_.owned, options_.max_size,
                            options_.gentle};
  return read_items(connection, context, keys, reads_, deadline);
}

std::vector<std::string> RedisCollection::ours(const std::vector<std::string>& keys) const {
  std::vector<std::string> out;
  for (const std::string& key : keys) {
    if (options_.keys.makes(key)) out.push_back(key);
  }
  return out;
}

Result<ScanStep> RedisCollection::step_over(RedisConnection& connection, const std::string& cursor,
                                            std::size_t max_items, const Deadline& deadline) {
  const std::size_t count = std::min(max_items, options_.gentle ? scans_.size() : kMaxCount);
  const MonoTime start = deadline.clock().mono();
  ask_step(connection, options_.keys, cursor, count);
  SB_TRY(connection.flush(deadline));
  RedisTexts step;
  SB_TRY(connection.receive_texts(step, deadline));
  const Duration took = connection.beyond_round_trip(deadline.clock().mono() - start);
  scans_.record(count, bytes_of(step), took);
  SB_ASSIGN(std::string next, cursor_of(step, cursor));
  SB_TRY(check_keys(step, options_.keys));
  return ScanStep{std::move(next), keys_of(step, options_.keys), count};
}

Result<ScanPage> RedisCollection::scan_over(RedisConnection& connection, const ScanRequest& request,
                                            const Deadline& deadline) {
  ScanPage page;
  page.cursor = request.cursor.empty() ? "0" : request.cursor;
  const int max_steps = options_.gentle ? 1 : kMaxEmptySteps;
  for (int steps = 0; steps < max_steps && page.items.empty() && !page.last; ++steps) {
    SB_ASSIGN(ScanStep step, step_over(connection, page.cursor, request.max_items, deadline));
    page.last = step.cursor == "0";
    page.cursor = std::move(step.cursor);
    page.passed += step.passed;
    SB_ASSIGN(auto items, read_over(connection, step.keys, deadline));
    for (Item& item : items) {
      if (!item.state.absent_for_sure()) page.items.push_back(std::move(item));
    }
  }
  return page;
}

Result<ScanPage> RedisCollection::scan_keys_gently(RedisConnection& connection,
                                                   const ScanRequest& request,
                                                   const Deadline& deadline) {
  const std::string from = request.cursor.empty() ? "0" : request.cursor;
  SB_ASSIGN(ScanStep step, step_over(connection, from, request.max_items, deadline));
  ScanPage page;
  page.last = step.cursor == "0";
  page.cursor = std::move(step.cursor);
  page.passed = step.passed;
  for (std::string& key : step.keys) {
    page.items.push_back({std::move(key), State::unknown(kNotAskedFor)});
  }
  return page;
}

// The server works on the next step while the keys of the last one are taken.
Result<ScanPage> RedisCollection::scan_keys_over(RedisConnection& connection,
                                                 const ScanRequest& request,
                                                 const Deadline& deadline) {
  ScanPage page;
  page.cursor = request.cursor.empty() ? "0" : request.cursor;
  page.items.reserve(request.max_items);
  const std::size_t count = std::min(request.max_items, kMaxCount);
  ask_step(connection, options_.keys, page.cursor, count);
  SB_TRY(connection.flush(deadline));
  bool more = true;
  RedisTexts step;
  for (int steps = 0; more; ++steps) {
    SB_TRY(connection.receive_texts(step, deadline));
    SB_ASSIGN(page.cursor, cursor_of(step, page.cursor));
    SB_TRY(check_keys(step, options_.keys));
    page.last = page.cursor == "0";
    const std::size_t found = page.items.size() + step.size() - 1;
    more = !page.last && steps < kMaxEmptySteps && found + count <= request.max_items;
    if (more) {
      ask_step(connection, options_.keys, page.cursor, count);
      SB_TRY(connection.flush(deadline));
    }
    take_keys(step, options_.keys, page.items);
  }
  return page;
}

Result<ScanPage> RedisCollection::scan(const ScanRequest& request) {
  const Deadline deadline(context_.clock, request.timeout);
  SB_ASSIGN(auto connection, connections_->take(deadline));
  auto page = !request.keys_only ? scan_over(*connection, request, deadline)
              : options_.gentle  ? scan_keys_gently(*connection, request, deadline)
                                 : scan_keys_over(*connection, request, deadline);
  if (!page) return named(page.error());
  SB_TRY(connection->check_in_step());
  connections_->give(std::move(connection));
  return page;
}

Result<std::vector<Item>> RedisCollection::read(const std::vector<std::string>& keys,
                                                Duration timeout) {
  const Deadline deadline(context_.clock, timeout);
  SB_ASSIGN(auto connection, connections_->take(deadline));
  auto items = read_over(*connection, ours(keys), deadline);
  if (!items) return named(items.error());
  SB_TRY(connection->check_in_step());
  connections_->give(std::move(connection));
  if (items->size() == keys.size()) return items;
  return with_others(keys, std::move(*items), options_.keys);
}

Result<TargetIdentity> RedisCollection::identity(Duration timeout) {
  const Deadline deadline(context_.clock, timeout);
  SB_ASSIGN(auto connection, connections_->take(deadline));
  SB_ASSIGN(const auto reply, connection->call({"INFO"}, deadline));
  if (is_error(*reply)) return named(reply_error(text_of(*reply)));
  if (!is_bulk(*reply)) return odd_reply(*reply, "INFO");
  SB_TRY(connection->check_in_step());
  auto identity = redis_identity(text_of(*reply), connections_->endpoint().db);
  connections_->give(std::move(connection));
  return identity;
}

// XX sets only what is there, and nobody sets this key: but the server judges whether it takes
// writes before it looks.
Result<void> RedisCollection::accepts_writes(Duration timeout) {
  if (options_.fence_key.empty()) return {};
  const Deadline deadline(context_.clock, timeout);
  SB_ASSIGN(auto connection, connections_->take(deadline));
  const std::string key = options_.fence_key + ":probe";
  SB_ASSIGN(const auto reply, connection->call({"SET", key, "", "XX"}, deadline));
  SB_TRY(connection->check_in_step());
  if (is_error(*reply)) {
    const Error error = reply_error(text_of(*reply));
    if (error.retry == Retry::kWhenReady) connections_->drop_idle();
    return error.retry == Retry::kWhenReady ? named(error) : Result<void>();
  }
  connections_->give(std::move(connection));
  return {};
}

// A hash without fields is not there.
Result<std::vector<State>> RedisCollection::kept(const std::vector<Wanted>& wanted,
                                                 Duration /*timeout*/) {
  std::vector<State> states;
  for (const Wanted& one : wanted) {
    const bool empty_hash = one.want.shape == Shape::kFields && one.want.bytes.empty();
    states.push_back(empty_hash ? State::absent() : one.want);
  }
  return states;
}

Result<std::vector<ChangeOutcome>> RedisCollection::apply(const ApplyRequest& request) {
  if (!options_.writable) return Error::unsupported("this collection is only read");
  const Deadline deadline(context_.clock, request.timeout);
  std::vector<ChangeOutcome> outcomes(request.changes.size());
  std::vector<const Change*> sound;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < request.changes.size(); ++i) {
    if (auto rejected = reject(request.changes[i], options_)) {
      outcomes[i] = std::move(*rejected);
    } else {
      sound.push_back(&request.changes[i]);
      places.push_back(i);
    }
  }
  const ScriptContext context{options_.type, options_.keys,   options_.owned, options_.fence_key,
                              request.token, options_.gentle, scripts_};
  SB_ASSIGN(auto connection, connections_->take(deadline));
  auto applied = apply_scripts(*connection, context, sound, deadline);
  if (!applied && applied.error().retry == Retry::kWhenReady) connections_->drop_idle();
  if (!applied) return named(applied.error());
  connections_->give(std::move(connection));
  for (std::size_t i = 0; i < places.size(); ++i) {
    outcomes[places[i]] = std::move((*applied)[i]);
    outcomes[places[i]].detail = named(std::move(outcomes[places[i]].detail));
  }
  return outcomes;
}

}  // namespace sideband
