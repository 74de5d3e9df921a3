#include "drivers/redis/grants.h"

#include <optional>

namespace sideband {
namespace {

using Words = std::vector<std::string_view>;

constexpr std::string_view kAsk = "return redis.acl_check_cmd(unpack(ARGV)) and 1 or 0";
constexpr const char* kOwnUser =
    "applications may use the user \"default\" too; make one for sideband alone, with what is "
    "listed "
    "here as needed";
// To take all keys away and give those of one reconciler would take those of others.
constexpr const char* kEveryKey =
    "it reaches every key; a user for sideband alone with the patterns of all its reconcilers, "
    "listed here as needed, does not";
// No reconciler has such a key: a join key of 64 equal letters is not found by accident.
const std::string kNobody(64, '~');

// Nothing a reconciler ever needs, and each enough to lose a server or its data.
const std::vector<std::pair<std::string, Words>>& dangerous() {
  static const std::vector<std::pair<std::string, Words>> kCommands = {
      {"flushall", {"flushall"}},
      {"config|set", {"config", "set", "maxmemory", "0"}},
      {"acl|setuser", {"acl", "setuser", "nobody"}},
      {"shutdown", {"shutdown"}},
      {"replicaof", {"replicaof", "no", "one"}},
      {"module|load", {"module", "load", "x"}},
      {"keys", {"keys", "*"}}};
  return kCommands;
}

class Asking {
 public:
  Asking(RedisConnection& connection, const RedisOptions& options, const std::string& user,
         const GrantNeeds& needs, const Deadline& deadline)
      : connection_(connection),
        options_(options),
        start_("ACL SETUSER " + user + " "),
        keys_(redis_key_grants(options.keys, options.fence_key)),
        key_(options.keys.render_each(kNobody)),
        needs_(needs),
        deadline_(deadline) {
    report_.identity = user;
  }

  Result<GrantReport> run();

 private:
  Result<std::optional<bool>> may(const Words& words, bool harmless);
  Result<void> add(const std::string& name, const Words& words, bool needed, bool harmless);
  Result<void> add_reads();
  Result<void> add_writes();
  Result<void> add_excess();
  [[nodiscard]] Remedy take(const std::string& rules) const;

  RedisConnection& connection_;
  const RedisOptions& options_;
  const std::string start_;
  const std::string keys_;
  const std::string key_;
  const GrantNeeds& needs_;
  const Deadline& deadline_;
  bool scripts_ = false;  // the user may ask by a script
  GrantReport report_;
};

// Nothing where it cannot be told without doing it.
Result<std::optional<bool>> Asking::may(const Words& words, bool harmless) {
  if (!scripts_ && !harmless) return std::optional<bool>();
  Words command = words;
  if (scripts_) {
    command = {"EVAL", kAsk, "0"};
    command.insert(command.end(), words.begin(), words.end());
  }
  SB_ASSIGN(const auto reply, connection_.call(command, deadline_));
  if (scripts_ && is_integer(*reply)) return std::optional(reply->integer == 1);
  if (!scripts_ && !is_error(*reply)) return std::optional(true);
  if (!is_error(*reply)) return odd_reply(*reply, "EVAL");
  if (reply_error(text_of(*reply)).code == ErrorCode::kPermission) return std::optional(false);
  return std::optional<bool>();
}

Result<void> Asking::add(const std::string& name, const Words& words, bool needed, bool harmless) {
  SB_ASSIGN(const auto there, may(words, harmless));
  const std::string what = "+" + name + " on " + options_.keys.pattern();
  if (!there) {
    if (needed) report_.add_unknown(what, true, "the server tells it to users with +eval");
    return {};
  }
  if (needed || report_.identity != "default") {
    report_.add(what, needed, *there, start_ + keys_ + " +" + name, start_ + "-" + name);
  } else {
    report_.add_told(what, needed, *there, "", kOwnUser);
  }
  return {};
}

Result<void> Asking::add_reads() {
  if (options_.type == RedisType::kString) {
    SB_TRY(add("get", {"GET", key_}, true, true));
    SB_TRY(add("mget", {"MGET", key_}, true, true));
  } else if (options_.owned.empty()) {
    SB_TRY(add("hgetall", {"HGETALL", key_}, true, true));
  } else {
    SB_TRY(add("hmget", {"HMGET", key_, "x"}, true, true));
  }
  return add("scan", {"SCAN", "0", "COUNT", "1"}, true, true);
}

Result<void> Asking::add_writes() {
  const bool sets = needs_.create || needs_.update;
  if (options_.type == RedisType::kString) {
    SB_TRY(add("set", {"SET", key_, "x"}, sets, false));
  } else {
    SB_TRY(add("hset", {"HSET", key_, "x", "x"}, sets, false));
    SB_TRY(add("hdel", {"HDEL", key_, "x"}, needs_.update, false));
  }
  SB_TRY(add("unlink", {"UNLINK", key_}, needs_.erase, false));
  if (!needs_.writes()) return {};
  report_.add("+eval", true, scripts_, start_ + "+eval +evalsha", "");
  SB_TRY(add("evalsha", {"EVALSHA", std::string(40, '0'), "0"}, true, true));
  if (options_.fence_key.empty()) return {};
  SB_ASSIGN(const auto reads, may({"HMGET", options_.fence_key, "x"}, true));
  SB_ASSIGN(const auto writes, may({"HSET", options_.fence_key, "x", "x"}, false));
  const std::string what = "+hmget +hset on " + options_.fence_key;
  if (!reads || !writes) {
    report_.add_unknown(what, true, "the server tells it to users with +eval");
  } else {
    report_.add(what, true, *reads && *writes, start_ + keys_ + " +hmget +hset", "");
  }
  return {};
}

// What applications use too is not taken from them.
Remedy Asking::take(const std::string& rules) const {
  if (report_.identity == "default") return Remedy::told(kOwnUser);
  return Remedy::command(start_ + rules);
}

Result<void> Asking::add_excess() {
  if (!scripts_) {
    report_.add_unknown("commands beyond these", false, "look at ACL GETUSER as an administrator");
    return {};
  }
  std::string found, taken;
  for (const auto& [name, words] : dangerous()) {
    SB_ASSIGN(const auto there, may(words, false));
    if (!there.value_or(false)) continue;
    found += " +" + name;
    taken += " -" + name;
  }
  if (!found.empty()) report_.add_excess(found.substr(1), take(taken.substr(1)));
  SB_ASSIGN(const auto outside, may({"GET", "sideband:check:" + kNobody}, true));
  if (outside.value_or(false)) report_.add_excess("~*", Remedy::told(kEveryKey));
  return {};
}

Result<GrantReport> Asking::run() {
  SB_ASSIGN(const auto reply, connection_.call({"EVAL", kAsk, "0", "GET", key_}, deadline_));
  scripts_ = is_integer(*reply);
  SB_TRY(add_reads());
  SB_TRY(add_writes());
  SB_TRY(add_excess());
  return std::move(report_);
}

}  // namespace

Result<GrantReport> redis_grants(RedisConnection& connection, const RedisOptions& options,
                                 const std::string& user, const GrantNeeds& needs,
                                 const Deadline& deadline) {
  return Asking(connection, options, user, needs, deadline).run();
}

}  // namespace sideband
