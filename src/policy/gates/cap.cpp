#include "policy/gates/cap.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"

namespace sideband {

Reason ask_cap(const CapQuestion& question, WallTime now) {
  const MaxChanges& limit = question.limit;
  if (limit.count == 0 && limit.percent == 0) return reason_of(question.gate, true);
  if (!question.window.known()) return unknown_reason(question.gate, question.window.why());
  const bool shares = limit.percent > 0;
  if (shares && !question.of.known()) return unknown_reason(question.gate, question.of.why());
  const std::int64_t used = question.window->used(now, limit.window);
  const std::int64_t total = used + question.changes;
  const std::int64_t of = shares ? *question.of : 0;
  const std::int64_t share = of > 0 ? total * 1'000'000 / of : 1'000'000;
  const bool count_ok = limit.count == 0 || total <= limit.count;
  const bool share_ok = !shares || total <= question.least || share <= limit.percent;
  Reason reason = reason_of(question.gate, count_ok && share_ok);
  reason.with(Evidence::count("changes", question.changes)).with(Evidence::count("used", used));
  reason.with(Evidence::duration("window", limit.window));
  if (shares) {
    reason.with(Evidence::count("of", of)).with(Evidence::share("share", share));
    reason.with(Evidence::share("limitShare", limit.percent));
  }
  if (limit.count > 0) reason.with(Evidence::count("limit", limit.count));
  if (used > 0) reason.with(Evidence::time("frees", question.window->frees_at(now, limit.window)));
  return reason;
}

std::string cap_saw(const Reason& reason) {
  if (reason.find("changes") == nullptr) return "no limit set";
  const char* what = reason.gate == GateId::kMaxDeletes ? "deletions" : "changes";
  std::string saw = fmt::format("{} {}", reason.number("changes"), what);
  if (reason.number("used") > 0) {
    saw += fmt::format(" and {} in the last {}", reason.number("used"),
                       format_duration(Duration(reason.number("window"))));
  }
  if (reason.find("of") != nullptr) {
    saw += fmt::format(" of {} keys is {}, limit {}", reason.number("of"),
                       format_percent(reason.number("share")),
                       format_percent(reason.number("limitShare")));
  }
  if (reason.find("limit") != nullptr) saw += fmt::format(", limit {}", reason.number("limit"));
  return saw;
}

std::string cap_opens(const Reason& reason) {
  if (reason.passes == Truth::kUnknown) return "a scan that ends well";
  std::string text = fmt::format("sideband apply --release {}, approved by a second person",
                                 gate_name(reason.gate));
  if (reason.find("frees") != nullptr) {
    text += ", or " + format_time(from_us(reason.number("frees")));
  }
  return text;
}

Fact<std::int64_t> share_base(const Facts& facts) {
  if (!facts.plan.desired.known()) return facts.plan.desired;
  if (facts.source.fewest < 0) return facts.plan.desired;
  return std::min(*facts.plan.desired, facts.source.fewest);
}

}  // namespace sideband
