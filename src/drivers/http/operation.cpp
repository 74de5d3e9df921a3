#include "drivers/http/operation.h"

#include <charconv>
#include <memory>

#include "base/bytes.h"
#include "base/jcs.h"
#include "base/sha256.h"
#include "base/units.h"
#include "drivers/judge.h"
#include "drivers/options.h"

namespace sideband {
namespace {

Result<std::set<int>> statuses(const OptionReader& options, const std::string& name,
                               std::set<int> fallback) {
  if (!options.has(name)) return fallback;
  std::set<int> out;
  for (const std::string& line : options.lines(name)) {
    int status = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), status);
    const bool good = error == std::errc() && end == line.data() + line.size();
    if (!good || status < 200 || status > 599) return options.wrong(name, "are 200 to 599");
    out.insert(status);
  }
  return out;
}

std::string query_of(const DriverOptions& options) {
  std::string out;
  for (auto at = options.lower_bound("query."); at != options.end(); ++at) {
    if (!at->first.starts_with("query.")) break;
    out += out.empty() ? '?' : '&';
    out += url_encoded(at->first.substr(6)) + '=' + url_encoded(at->second);
  }
  return out;
}

// An object whose values are texts: whatever is filled in stays a value.
std::string json_body(const DriverOptions& options) {
  JsonObject object;
  for (auto at = options.lower_bound("json."); at != options.end(); ++at) {
    if (!at->first.starts_with("json.")) break;
    object.add(at->first.substr(5), at->second);
  }
  return object.text();
}

Result<void> parse_body(const OptionReader& reader, const DriverOptions& options, HttpCall& call) {
  const auto first = options.lower_bound("json.");
  const bool json = first != options.end() && first->first.starts_with("json.");
  if (json && reader.has("body")) return reader.wrong("body", "cannot stand beside json");
  call.body = json ? json_body(options) : reader.text_or("body", "");
  call.has_body = json || reader.has("body") || call.method == "POST" || call.method == "PUT" ||
                  call.method == "PATCH";
  if (json) call.headers.emplace_back("Content-Type: application/json");
  if (json || !reader.has("body")) return {};
  const std::string type = reader.text_or("contentType", "application/json");
  if (!is_header_value(type)) return reader.wrong("contentType", "has a control character in it");
  call.headers.push_back("Content-Type: " + type);
  return {};
}

bool may_pass(int status) {
  return status == 408 || status == 425 || status == 429 || status == 503;
}

// The trace of a repair, and in it the span of a step. https://www.w3.org/TR/trace-context/
std::string traceparent(const OperationRequest& request) {
  const std::string hashed = to_hex(sha256(request.key));
  const std::string trace =
      request.repair.empty() ? hashed.substr(32) : to_hex(request.repair.bytes());
  return "00-" + trace + '-' + hashed.substr(0, 16) + "-01";
}

std::string described(const HttpReply& reply) {
  std::string out = "answered " + std::to_string(reply.status);
  if (!reply.location.empty()) out += ", which points to " + reply.location;
  if (reply.retry_after) out += ", try again after " + format_duration(*reply.retry_after);
  return out;
}

// What a status says of the effect, where the step says nothing of it.
ChangeOutcome by_status(const HttpReply& reply, const std::string& method) {
  ChangeOutcome out = failed(described(reply));
  const int status = reply.status;
  if (may_pass(status)) {
    out.pause = reply.retry_after.value_or(Duration(0));
    return out;
  }
  out.retry = Retry::kPerson;
  if (status >= 400 && status < 500) return out;
  const bool redirect = status >= 300 && status < 400;
  // These two ask to send the same again elsewhere; others also stand behind what was done.
  const bool untouched = status == 307 || status == 308 || method == "GET" || method == "HEAD";
  if (redirect && untouched) return out;
  return unknown_outcome(described(reply) + (redirect ? "; redirects are not followed" : ""));
}

ChangeOutcome outcome_of(const HttpStep& step, const HttpReply& reply) {
  if (step.already.contains(reply.status)) return already_there();
  if (step.expects(reply.status)) return changed();
  ChangeOutcome out = step.refused.contains(reply.status) ? refused(described(reply))
                                                          : by_status(reply, step.call.method);
  out.said = last_words(reply.body);
  return out;
}

std::string output_of(const HttpReply& reply) {
  OperationOutput output;
  output.add("status", reply.status);
  const bool whole = reply.dropped == 0;
  if (whole && output.add_json("json", reply.body)) return output.text();
  output.add_text("body", without_last_breaks(reply.body), reply.dropped);
  return output.text();
}

}  // namespace

Result<HttpStep> HttpOperation::parse(const DriverOptions& options, const char* method) const {
  const OptionReader reader(options, "operation on " + target_.name);
  HttpStep out;
  out.call.method = reader.text_or("method", method);
  const std::string path = reader.text_or("path", "/");
  if (!is_plain_path(path)) {
    return reader.wrong("path",
                        "must begin with a slash and have no dot segments, query, blanks "
                        "or control characters; values of a query go into query");
  }
  out.call.target = target_.base.path + path + query_of(options);
  auto headers = parse_headers(options, "headers");
  if (!headers) return reader.wrong("headers", headers.error().message);
  out.call.headers = std::move(*headers);
  SB_TRY(parse_body(reader, options, out.call));
  SB_ASSIGN(out.idempotent, reader.flag_or("idempotent", false));
  SB_ASSIGN(out.expect, statuses(reader, "expect", {}));
  SB_ASSIGN(out.already, statuses(reader, "alreadyThere", {}));
  SB_ASSIGN(out.refused, statuses(reader, "refused", {409, 412}));
  SB_ASSIGN(out.not_there, statuses(reader, "notThere", {404}));
  return out;
}

Result<HttpStep> HttpOperation::parse_look(const DriverOptions& options) const {
  SB_ASSIGN(HttpStep out, parse(options, "GET"));
  if (out.call.method == "GET" || out.call.method == "HEAD") return out;
  return OptionReader(options, "look on " + target_.name)
      .wrong("method", "a look changes nothing: GET or HEAD");
}

OperationTraits HttpOperation::traits(const OperationRequest& request) const {
  const OptionReader options(request.options, "");
  OperationTraits traits;
  traits.idempotent = target_.remembers || options.text_or("idempotent", "") == "true";
  traits.fenced = target_.fenced;
  traits.looks = !request.look.empty();
  traits.undoable = !request.undo.empty();
  traits.stoppable = true;
  return traits;
}

Result<void> HttpOperation::check(const OperationRequest& request) const {
  SB_TRY(parse(request.options, "POST"));
  if (!request.look.empty()) SB_TRY(parse_look(request.look));
  if (!request.undo.empty()) SB_TRY(parse(request.undo, "POST"));
  return {};
}

void HttpOperation::add_headers(HttpCall& call, const OperationRequest& request) const {
  call.headers.insert(call.headers.end(), target_.headers.begin(), target_.headers.end());
  const std::string& authorization = target_.authorization.reveal();
  if (!authorization.empty()) call.headers.push_back("Authorization: " + authorization);
  call.headers.push_back(target_.key_header + ": " + request.key);
  call.headers.push_back("Sideband-Token: " + std::to_string(request.token));
  call.headers.push_back("traceparent: " + traceparent(request));
  call.headers.emplace_back("User-Agent: sideband");
}

Result<HttpReply> HttpOperation::send(HttpStep& step, const OperationRequest& request) {
  if (!is_header_value(request.key)) return Error::invalid("the key has a control character");
  add_headers(step.call, request);
  const auto stop = std::make_shared<std::atomic<bool>>(false);
  const RunningOperations::Entry entry(running_, request.key, [stop] { *stop = true; });
  auto reply =
      http_call(target_.base, target_.policy, step.call, Deadline(clock_, request.timeout), *stop);
  return reply ? reply : reply.error().in("target " + target_.name);
}

Result<OperationReply> HttpOperation::execute(const DriverOptions& options,
                                              const OperationRequest& request) {
  SB_ASSIGN(HttpStep step, parse(options, "POST"));
  SB_ASSIGN(const HttpReply reply, send(step, request));
  return OperationReply{outcome_of(step, reply), output_of(reply)};
}

Result<OperationReply> HttpOperation::run(const OperationRequest& request) {
  return execute(request.options, request);
}

Result<OperationReply> HttpOperation::undo(const OperationRequest& request) {
  if (request.undo.empty()) return Error::unsupported("this step says nothing of taking it back");
  return execute(request.undo, request);
}

Result<EffectProbe> HttpOperation::probe_effect(const OperationRequest& request) {
  if (request.look.empty()) return Error::unsupported("this step says nothing of looking");
  SB_ASSIGN(HttpStep step, parse_look(request.look));
  SB_ASSIGN(const HttpReply reply, send(step, request));
  EffectProbe look;
  look.why = "the look " + described(reply);
  look.said = last_words(reply.body);
  if (step.expects(reply.status)) {
    look.effect = EffectStatus::kThere;
    look.output = output_of(reply);
  } else if (step.not_there.contains(reply.status)) {
    look.effect = EffectStatus::kNotThere;
  }
  return look;
}

}  // namespace sideband
