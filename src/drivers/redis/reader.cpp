#include "drivers/redis/reader.h"

#include <algorithm>
#include <optional>
#include <span>

namespace sideband {
namespace {

// So many batches are on their way at once: enough that the server always has one to work on while
// we take the answers of another, few enough to bound memory.
constexpr std::size_t kWindow = 4;

State unknown_error(std::string_view text) {
  if (text.starts_with("WRONGTYPE")) return State::unknown("the key holds another type of value");
  return State::unknown(reply_error(text).message);
}

// Absent is only what the protocol says by the form that it has for it: whatever else a server
// answers is unknown.
State odd_state(const redisReply& reply, std::string_view command) {
  if (is_error(reply)) return unknown_error(text_of(reply));
  return State::unknown(odd_reply(reply, command).message);
}

State string_state(const redisReply& reply) {
  if (is_nil(reply)) return State::absent();
  return is_bulk(reply) ? State::of_bytes(std::string(text_of(reply))) : odd_state(reply, "GET");
}

State fields_state(const Fields& fields) {
  return fields.empty() ? State::absent() : State::of_fields(fields);
}

State whole_hash_state(const redisReply& reply) {
  if (!is_array(reply) || reply.elements % 2 != 0) return odd_state(reply, "HGETALL");
  Fields fields;
  for (std::size_t i = 0; i + 1 < reply.elements; i += 2) {
    const redisReply& name = *reply.element[i];
    const redisReply& value = *reply.element[i + 1];
    if (!is_bulk(name)) return odd_state(name, "HGETALL");
    if (!is_bulk(value)) return odd_state(value, "HGETALL");
    if (!fields.emplace(text_of(name), text_of(value)).second) {
      return State::unknown("Redis answered HGETALL with one field twice");
    }
  }
  return fields_state(fields);
}

State owned_hash_state(const redisReply& reply, const std::vector<std::string>& owned) {
  if (!is_array(reply) || reply.elements != owned.size()) return odd_state(reply, "HMGET");
  Fields fields;
  for (std::size_t i = 0; i < owned.size(); ++i) {
    const redisReply& value = *reply.element[i];
    if (!is_bulk(value) && !is_nil(value)) return odd_state(value, "HMGET");
    if (is_bulk(value)) fields.emplace(owned[i], text_of(value));
  }
  return fields_state(fields);
}

// Reads one list of keys; holds what the steps share.
class Reading {
 public:
  Reading(RedisConnection& connection, const ReadContext& context,
          const std::vector<std::string>& keys, const Deadline& deadline)
      : connection_(connection), context_(context), keys_(keys), deadline_(deadline) {
    items_.reserve(keys.size());
  }

  Result<void> run(BatchSizer& sizer);
  std::vector<Item> take() { return std::move(items_); }

 private:
  void ask(std::size_t from, std::size_t to);
  Result<void> take_answers(std::size_t from, std::size_t to);
  Result<void> take_strings(std::size_t from, std::size_t to);
  Result<void> take_hashes(std::size_t from, std::size_t to);
  // Several commands on their way at once, and one command at a time.
  Result<void> run_swiftly(BatchSizer& sizer);
  Result<void> run_gently(BatchSizer& sizer);
  Result<void> look_at_each(std::size_t at_once);
  Result<void> look_at(std::span<const std::size_t> places);
  [[nodiscard]] bool knows_any() const;
  void push(std::size_t i, State state) {
    bytes_ += state.bytes.size();
    items_.push_back({keys_[i], within_size(std::move(state), context_.max_size)});
  }

  RedisConnection& connection_;
  const ReadContext& context_;
  const std::vector<std::string>& keys_;
  const Deadline& deadline_;
  std::vector<Item> items_;
  std::size_t bytes_ = 0;          // of the items
  std::vector<std::size_t> each_;  // to be asked for by itself
  std::optional<Error> denied_;    // MGET was, for one of its keys at least
  RedisTexts texts_;
};

void Reading::ask(std::size_t from, std::size_t to) {
  if (context_.type == RedisType::kString) {
    CommandWriter command;
    command.add("MGET");
    for (std::size_t i = from; i < to; ++i) {
      command.add(context_.keys.render(keys_[i]));
    }
    return command.write(connection_.queued());
  }
  for (std::size_t i = from; i < to; ++i) {
    CommandWriter command;
    command.add(context_.owned.empty() ? "HGETALL" : "HMGET");
    command.add(context_.keys.render(keys_[i]));
    for (const std::string& name : context_.owned) command.add(name);
    command.write(connection_.queued());
  }
}

Result<void> Reading::take_strings(std::size_t from, std::size_t to) {
  SB_TRY(connection_.receive_texts(texts_, deadline_));
  const bool list = texts_.is_list(to - from);
  if (!list && !texts_.is_key_denial()) return texts_.odd("MGET");
  if (!list) denied_ = texts_.odd("MGET");
  for (std::size_t i = from; i < to; ++i) {
    const auto text = list ? texts_.at(i - from) : std::nullopt;
    if (!text) each_.push_back(i);
    push(i, text ? State::of_bytes(std::string(*text)) : State::absent());
  }
  return {};
}

Result<void> Reading::take_hashes(std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i) {
    SB_ASSIGN(const auto reply, connection_.receive(deadline_));
    push(i, context_.owned.empty() ? whole_hash_state(*reply)
                                   : owned_hash_state(*reply, context_.owned));
  }
  return {};
}

Result<void> Reading::take_answers(std::size_t from, std::size_t to) {
  return context_.type == RedisType::kString ? take_strings(from, to) : take_hashes(from, to);
}

Result<void> Reading::look_at(std::span<const std::size_t> places) {
  for (const std::size_t i : places) {
    CommandWriter command;
    command.add("GET");
    command.add(context_.keys.render(keys_[i]));
    command.write(connection_.queued());
  }
  SB_TRY(connection_.flush(deadline_));
  for (const std::size_t i : places) {
    SB_ASSIGN(const auto reply, connection_.receive(deadline_));
    items_[i].state = within_size(string_state(*reply), context_.max_size);
  }
  return {};
}

// MGET answers nil for an absent key and for one of another type alike, and is denied where one of
// its keys is; GET tells them apart.
Result<void> Reading::look_at_each(std::size_t at_once) {
  const std::span<const std::size_t> all(each_);
  for (std::size_t from = 0; from < all.size(); from += at_once) {
    SB_TRY(look_at(all.subspan(from, std::min(at_once, all.size() - from))));
  }
  // Not one key may be read: that is no matter of a key.
  if (denied_ && !knows_any()) return *denied_;
  return {};
}

bool Reading::knows_any() const {
  return std::any_of(items_.begin(), items_.end(),
                     [](const Item& item) { return item.state.known(); });
}

Result<void> Reading::run_swiftly(BatchSizer& sizer) {
  const std::size_t batch = sizer.size();
  const auto end_of = [&](std::size_t from) { return std::min(keys_.size(), from + batch); };
  const MonoTime start = deadline_.clock().mono();
  std::size_t asked = 0;
  for (std::size_t taken = 0; taken < keys_.size(); taken = end_of(taken)) {
    for (; asked < std::min(keys_.size(), taken + batch * kWindow); asked = end_of(asked)) {
      ask(asked, end_of(asked));
      SB_TRY(connection_.flush(deadline_));
    }
    SB_TRY(take_answers(taken, end_of(taken)));
  }
  const std::size_t commands = (keys_.size() + batch - 1) / batch;
  const Duration took = connection_.beyond_round_trip(deadline_.clock().mono() - start);
  sizer.record(keys_.size() / commands, bytes_ / commands, took / commands);
  return {};
}

Result<void> Reading::run_gently(BatchSizer& sizer) {
  for (std::size_t from = 0; from < keys_.size();) {
    const std::size_t to = std::min(keys_.size(), from + sizer.size());
    const std::size_t bytes = bytes_;
    const MonoTime start = deadline_.clock().mono();
    ask(from, to);
    SB_TRY(connection_.flush(deadline_));
    SB_TRY(take_answers(from, to));
    const Duration took = connection_.beyond_round_trip(deadline_.clock().mono() - start);
    sizer.record(to - from, bytes_ - bytes, took);
    from = to;
  }
  return {};
}

Result<void> Reading::run(BatchSizer& sizer) {
  if (keys_.empty()) return {};
  SB_TRY(context_.gentle ? run_gently(sizer) : run_swiftly(sizer));
  return look_at_each(context_.gentle ? sizer.size() : keys_.size());
}

}  // namespace

Result<std::vector<Item>> read_items(RedisConnection& connection, const ReadContext& context,
                                     const std::vector<std::string>& keys, BatchSizer& sizer,
                                     const Deadline& deadline) {
  Reading reading(connection, context, keys, deadline);
  SB_TRY(reading.run(sizer));
  return reading.take();
}

}  // namespace sideband
