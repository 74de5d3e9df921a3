#include "drivers/redis/signal.h"

#include <array>

#include "drivers/redis/server_info.h"
#include "drivers/signal_value.h"

namespace sideband {
namespace {

struct LengthCommand {
  std::string_view type;
  const char* command;
};
// By the answer of TYPE.
constexpr std::array<LengthCommand, 6> kLengths = {{{"list", "LLEN"},
                                                    {"stream", "XLEN"},
                                                    {"zset", "ZCARD"},
                                                    {"set", "SCARD"},
                                                    {"hash", "HLEN"},
                                                    {"string", "STRLEN"}}};

Result<RedisReply> answer_to(RedisConnection& connection,
                             const std::vector<std::string_view>& words, const Deadline& deadline) {
  SB_ASSIGN(auto reply, connection.call(words, deadline));
  if (is_error(*reply)) return reply_error(text_of(*reply));
  return reply;
}

Result<double> ping(RedisConnection& connection, const Deadline& deadline) {
  const MonoTime asked = deadline.clock().mono();
  SB_TRY(answer_to(connection, {"PING"}, deadline));
  const Duration took = deadline.clock().mono() - asked;
  return static_cast<double>(took.count()) / 1e6;
}

// Redis has no empty list: what is not there has length 0.
Result<double> length_of(RedisConnection& connection, const std::string& key,
                         const Deadline& deadline) {
  SB_ASSIGN(const auto type, answer_to(connection, {"TYPE", key}, deadline));
  if (type->type != REDIS_REPLY_STATUS) return odd_reply(*type, "TYPE");
  const std::string_view name = text_of(*type);
  if (name == "none") return 0.0;
  for (const LengthCommand& known : kLengths) {
    if (known.type != name) continue;
    SB_ASSIGN(const auto reply, answer_to(connection, {known.command, key}, deadline));
    if (!is_integer(*reply)) return odd_reply(*reply, known.command);
    return static_cast<double>(reply->integer);
  }
  return no_reading("the key holds a type that has no length");
}

}  // namespace

Result<RedisMeasure> parse_redis_signal(const TargetSettings& target, const DriverOptions& options,
                                        config::OptionFaults* faults) {
  const OptionReader reader(options, "signal on " + target.name, faults);
  SB_ASSIGN(const std::string what, only_one_of(reader, {"info", "length", "latency"}));
  if (what == "latency") return RedisMeasure{};
  return RedisMeasure{what == "info" ? RedisMeasure::What::kInfo : RedisMeasure::What::kLength,
                      reader.text_or(what, "")};
}

config::SignalKind redis_signal_kind() {
  using enum config::FieldType;
  return {
      .word = "redis",
      .doc = "How a Redis server is.",
      .fields = {{.key = "info", .doc = "A field of INFO, like connected_clients."},
                 {.key = "length",
                  .doc = "The key of a list, stream, set, sorted set, hash or string, whose length "
                         "counts; one that is not there has length 0."},
                 {.key = "latency",
                  .type = kBool,
                  .doc = "How long it takes to answer a PING over a connection that is open.",
                  .fallback = "false"}},
      .unit =
          [](const DriverOptions& options) {
            const auto latency = options.find("latency");
            return latency != options.end() && latency->second == "true"
                       ? config::SignalUnit::kSeconds
                       : config::SignalUnit::kAny;
          },
      .check =
          [](const TargetSettings& target, const DriverOptions& options,
             config::OptionFaults& faults) { (void)parse_redis_signal(target, options, &faults); }};
}

Result<double> RedisSignal::value_of(RedisConnection& connection, std::string_view info,
                                     const Deadline& deadline) const {
  switch (measure_.what) {
    case RedisMeasure::What::kLatency:
      return ping(connection, deadline);
    case RedisMeasure::What::kLength:
      return length_of(connection, measure_.name, deadline);
    case RedisMeasure::What::kInfo:
      break;
  }
  const std::string_view value = info_field(info, measure_.name);
  if (value.empty()) return no_reading("INFO has no field " + measure_.name);
  return signal_number(value);
}

Result<SignalReading> RedisSignal::read_over(RedisConnection& connection,
                                             const Deadline& deadline) const {
  SignalReading reading;
  reading.measured_at = clock_.wall();
  SB_ASSIGN(const auto info, answer_to(connection, {"INFO"}, deadline));
  if (!is_bulk(*info)) return odd_reply(*info, "INFO");
  SB_ASSIGN(reading.value, value_of(connection, text_of(*info), deadline));
  SB_TRY(connection.check_in_step());
  SB_ASSIGN(reading.identity, redis_identity(text_of(*info), connections_->endpoint().db));
  return reading;
}

Result<SignalReading> RedisSignal::read(Duration timeout) {
  const Deadline deadline(clock_, timeout);
  auto connection = connections_->take(deadline);
  if (!connection) return connection.error().in("target " + target_);
  auto reading = read_over(**connection, deadline);
  if (!reading) return reading.error().in("target " + target_);
  connections_->give(std::move(*connection));
  return reading;
}

}  // namespace sideband
