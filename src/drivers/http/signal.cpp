#include "drivers/http/signal.h"

#include <atomic>

#include "drivers/signal_value.h"

namespace sideband {
namespace {

bool is_good_status(int status) {
  return status >= 200 && status < 300;
}

Error wrong_status(const HttpReply& reply) {
  const bool redirect = reply.status >= 300 && reply.status < 400;
  return no_reading("it answered " + std::to_string(reply.status) +
                    (redirect ? "; redirects are not followed" : ""));
}

// The next segment of a JSON pointer, without its escapes; `rest` begins with a slash.
std::string take_segment(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('/', 1), rest.size());
  std::string out;
  for (std::size_t i = 1; i < end; ++i) {
    const bool escape = rest[i] == '~' && i + 1 < end;
    out += escape ? (rest[i + 1] == '0' ? '~' : '/') : rest[i];
    if (escape) ++i;
  }
  rest.remove_prefix(end);
  return out;
}

// Null where there is nothing.
const Document* value_at(const Document& whole, std::string_view pointer) {
  const Document* at = &whole;
  while (!pointer.empty()) {
    const std::string name = take_segment(pointer);
    if (at->kind == Document::Kind::kMap) {
      const auto member = at->members.find(name);
      if (member == at->members.end()) return nullptr;
      at = &member->second;
      continue;
    }
    const bool number = !name.empty() && name.size() < 10 &&
                        name.find_first_not_of("0123456789") == std::string::npos;
    if (at->kind != Document::Kind::kList || !number) return nullptr;
    const auto index = static_cast<std::size_t>(std::stoul(name));
    if (index >= at->items.size()) return nullptr;
    at = &at->items[index];
  }
  return at;
}

Result<double> number_at(const Document& whole, const std::string& pointer) {
  const Document* const value = value_at(whole, pointer);
  if (value == nullptr) return no_reading("the answer has nothing at " + pointer);
  if (value->kind == Document::Kind::kBool) return value->truth ? 1.0 : 0.0;
  if (value->kind == Document::Kind::kNumber) return signal_number(value->text);
  return no_reading("what the answer has at " + pointer + " is neither a number nor a truth");
}

}  // namespace

Result<HttpMeasure> parse_http_signal(const TargetSettings& target, const DriverOptions& options,
                                      config::OptionFaults* faults) {
  using What = HttpMeasure::What;
  const OptionReader reader(options, "signal on " + target.name, faults);
  HttpMeasure out;
  out.path = reader.text_or("path", "/");
  if (!is_plain_path(out.path)) {
    return reader.wrong("path",
                        "must begin with a slash and have no dot segments, query, blanks or "
                        "control characters");
  }
  SB_ASSIGN(const std::string what,
            only_one_of(reader, {"pointer", "status", "latency", "tlsExpiry"}));
  out.pointer = reader.text_or("pointer", "");
  out.what = what == "pointer"   ? What::kPointer
             : what == "status"  ? What::kStatus
             : what == "latency" ? What::kLatency
                                 : What::kTlsExpiry;
  if (out.what != What::kTlsExpiry) return out;
  const auto url = target.connect.find("url");
  if (url != target.connect.end() && url->second.starts_with("http://")) {
    return reader.wrong(what, "the target is spoken to without TLS");
  }
  return out;
}

config::SignalKind http_signal_kind() {
  using enum config::FieldType;
  const auto flag = [](std::string key, std::string doc) {
    return config::Field{
        .key = std::move(key), .type = kBool, .doc = std::move(doc), .fallback = "false"};
  };
  return {
      .word = "http",
      .doc = "How a service answers a GET, or what.",
      .fields = {{.key = "path", .doc = "Below the target's url.", .fallback = "/"},
                 {.key = "pointer",
                  .type = kPointer,
                  .doc = "A number or a truth in its JSON; the status has to be 2xx."},
                 flag("status", "Its status, whichever."),
                 flag("latency",
                      "From the request to the end of an answer with a status of 2xx, "
                      "connecting included."),
                 flag("tlsExpiry",
                      "How long its certificate is still valid; one that is not "
                      "believed is no reading.")},
      .unit =
          [](const DriverOptions& options) {
            const OptionReader reader(options, "");
            const bool seconds = reader.text_or("latency", "") == "true" ||
                                 reader.text_or("tlsExpiry", "") == "true";
            return seconds ? config::SignalUnit::kSeconds : config::SignalUnit::kAny;
          },
      .check =
          [](const TargetSettings& target, const DriverOptions& options,
             config::OptionFaults& faults) { (void)parse_http_signal(target, options, &faults); }};
}

Result<HttpReply> http_get(const HttpTarget& target, const std::string& path,
                           const Deadline& deadline) {
  const std::atomic<bool> never{false};
  return http_call(target.base, target.policy, call_to(target, "GET", path), deadline, never);
}

Result<Document> json_answer_of(const HttpReply& reply) {
  if (!is_good_status(reply.status)) return wrong_status(reply);
  if (reply.dropped > 0) return no_reading("the answer is larger than 256KiB");
  auto parsed = parse_json(reply.body);
  return parsed ? parsed : no_reading("the answer is no JSON: " + parsed.error().message);
}

Result<double> HttpSignal::value_of(const HttpReply& reply, Duration took) const {
  if (measure_.what == HttpMeasure::What::kStatus) return static_cast<double>(reply.status);
  if (measure_.what == HttpMeasure::What::kTlsExpiry) {
    if (!reply.certificate_ends) return no_reading("the end of its certificate is not told");
    return static_cast<double>((*reply.certificate_ends - clock_.wall()).count()) / 1e6;
  }
  if (measure_.what == HttpMeasure::What::kPointer) {
    SB_ASSIGN(const Document whole, json_answer_of(reply));
    return number_at(whole, measure_.pointer);
  }
  if (!is_good_status(reply.status)) return wrong_status(reply);
  return static_cast<double>(took.count()) / 1e6;
}

Result<SignalReading> HttpSignal::read(Duration timeout) {
  const Deadline deadline(clock_, timeout);
  SignalReading reading;
  reading.measured_at = clock_.wall();
  const MonoTime asked = clock_.mono();
  const auto reply = http_get(target_, measure_.path, deadline);
  if (!reply) return reply.error().in("target " + target_.name);
  const auto value = value_of(*reply, clock_.mono() - asked);
  if (!value) return value.error().in("target " + target_.name);
  reading.value = *value;
  return reading;
}

}  // namespace sideband
