#include "policy/notices.h"

#include <algorithm>

#include "base/jcs.h"
#include "policy/fill_options.h"
#include "policy/status.h"

namespace sideband {
namespace {

constexpr Duration kFirstWait = std::chrono::seconds(5);
constexpr Duration kLongestWait = std::chrono::minutes(10);
constexpr Duration kLongestAsked = std::chrono::hours(1);
// An end that nobody would hear of for so long is let go; an open matter never is.
constexpr Duration kLetGo = std::chrono::hours(24);

Duration wait_after(std::int64_t attempts) {
  const auto doublings = std::min<std::int64_t>(attempts, 10);
  return std::min<Duration>(kFirstWait * (std::int64_t{1} << doublings), kLongestWait);
}

bool is_there(const Notice& notice) {
  return notice.gone_since == WallTime();
}

void owe(Notice& notice, NoticeEvent event, WallTime now) {
  if (notice.owed == event) return;
  notice.owed = event;
  ++notice.number;
  notice.attempts = 0;
  notice.error.clear();
  notice.next_at = now;
}

// What the channel should hear, from what it knows.
NoticeEvent wanted(const Notice& notice, const ChannelSettings& channel, WallTime now) {
  const bool knows = notice.told_at != WallTime();
  if (!is_there(notice)) {
    const bool over = notice.tried && now - notice.gone_since >= channel.after;
    return over ? NoticeEvent::kResolved : NoticeEvent::kNone;
  }
  if (!knows) {
    return now - notice.since >= channel.after ? NoticeEvent::kOpened : NoticeEvent::kNone;
  }
  if (notice.told != notice.status) return NoticeEvent::kChanged;
  const bool again = channel.repeat > Duration(0) && now - notice.told_at >= channel.repeat;
  return again ? NoticeEvent::kRepeated : NoticeEvent::kNone;
}

// Stands between quotes of JSON, YAML or a shell-free argument without ending them.
std::string plain(std::string text) {
  for (char& c : text) {
    if (c == '"') c = '\'';
    if (c == '\\') c = '/';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return text;
}

std::string sentence(const NoticeKey& key, const Notice& notice) {
  if (notice.owed == NoticeEvent::kResolved) {
    return key.reconciler + " needs nobody any more (it was " + notice.status + ")";
  }
  const std::string why = notice.why.empty() ? "" : ": " + notice.why;
  return key.reconciler + " is " + notice.status + why;
}

// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
std::string cloud_event(const NoticeKey& key, const Notice& notice, const Labels& labels) {
  JsonObject data;
  data.add("criticality", labels.criticality).add("environment", labels.environment);
  data.add("event", notice_event_name(notice.owed)).add("matter", matter_id(key, notice));
  data.add("owner", labels.owner).add("reconciler", key.reconciler);
  data.add("since", format_time(notice.since)).add("status", notice.status);
  data.add("text", sentence(key, notice)).add("why", notice.why);
  JsonObject event;
  event.add_object("data", data).add("datacontenttype", "application/json");
  event.add("id", event_id(key, notice)).add("source", "sideband/" + key.channel);
  event.add("specversion", "1.0").add("subject", key.reconciler);
  event.add("type", "sideband.reconciler." + std::string(notice_event_name(notice.owed)));
  return event.text();
}

struct NamedValue {
  const char* name;
  std::string (*of)(const NoticeKey& key, const Notice& notice, const Labels& labels);
};

constexpr NamedValue kValues[] = {
    {"event",
     [](auto&, auto& notice, auto&) { return std::string(notice_event_name(notice.owed)); }},
    {"action",
     [](auto&, auto& notice, auto&) {
       return std::string(notice.owed == NoticeEvent::kResolved ? "resolve" : "trigger");
     }},
    {"id", [](auto& key, auto& notice, auto&) { return matter_id(key, notice); }},
    {"eventId", [](auto& key, auto& notice, auto&) { return event_id(key, notice); }},
    {"reconciler", [](auto& key, auto&, auto&) { return key.reconciler; }},
    {"status", [](auto&, auto& notice, auto&) { return notice.status; }},
    {"why", [](auto&, auto& notice, auto&) { return plain(notice.why); }},
    {"text", [](auto& key, auto& notice, auto&) { return plain(sentence(key, notice)); }},
    {"since", [](auto&, auto& notice, auto&) { return format_time(notice.since); }},
    {"owner", [](auto&, auto&, auto& labels) { return plain(labels.owner); }},
    {"environment", [](auto&, auto&, auto& labels) { return plain(labels.environment); }},
    {"criticality", [](auto&, auto&, auto& labels) { return plain(labels.criticality); }},
    {"json", cloud_event},
};

}  // namespace

const std::vector<std::string>& notice_statuses() {
  static const std::vector<std::string> words = [] {
    std::vector<std::string> out;
    for (const StatusKind kind :
         {StatusKind::kFailing, StatusKind::kBlind, StatusKind::kNeedsHuman, StatusKind::kFlapping,
          StatusKind::kHeld, StatusKind::kAwaitingApproval}) {
      out.emplace_back(status_name(kind));
    }
    return out;
  }();
  return words;
}

std::optional<Notice> notice_after_look(std::optional<Notice> before,
                                        const std::optional<Matter>& matter,
                                        const ChannelSettings& channel, WallTime now) {
  if (!before && !matter) return std::nullopt;
  Notice notice = std::move(before).value_or(Notice{.since = now});
  if (matter) {
    notice.gone_since = WallTime();
    notice.status = matter->status;
    notice.why = matter->why;
  } else if (is_there(notice)) {
    notice.gone_since = now;
  }
  const NoticeEvent event = wanted(notice, channel, now);
  if (event != NoticeEvent::kNone) owe(notice, event, now);
  if (event == NoticeEvent::kNone) notice.owed = NoticeEvent::kNone;
  if (!notice.tried && !is_there(notice)) return std::nullopt;
  return notice;
}

bool notice_is_due(const Notice& notice, WallTime now) {
  return notice.owed != NoticeEvent::kNone && notice.next_at <= now;
}

Notice notice_begun(Notice notice, WallTime now) {
  notice.next_at = now + wait_after(notice.attempts);
  ++notice.attempts;
  notice.tried = true;
  // The end may be heard although its answer is lost: a matter that comes back is then told again.
  if (notice.owed == NoticeEvent::kResolved) notice.told.clear();
  return notice;
}

std::optional<Notice> notice_told(Notice notice, WallTime now) {
  if (notice.owed == NoticeEvent::kResolved) return std::nullopt;
  notice.told = notice.status;
  notice.told_at = now;
  notice.owed = NoticeEvent::kNone;
  notice.error.clear();
  notice.attempts = 0;
  return notice;
}

std::optional<Notice> notice_failed(Notice notice, const std::string& error, Duration wait,
                                    WallTime now) {
  if (notice.owed == NoticeEvent::kResolved && now - notice.gone_since >= kLetGo) {
    return std::nullopt;
  }
  notice.error = error;
  notice.next_at = std::max(notice.next_at, now + std::min<Duration>(wait, kLongestAsked));
  return notice;
}

const std::vector<std::string>& notice_placeholders() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out;
    for (const NamedValue& value : kValues) out.emplace_back(value.name);
    return out;
  }();
  return names;
}

Result<DriverOptions> fill_notice(const DriverOptions& tell, const NoticeKey& key,
                                  const Notice& notice, const Labels& labels) {
  return fill_options(tell, [&](const std::string& name) -> Result<std::string> {
    for (const NamedValue& value : kValues) {
      if (name == value.name) return value.of(key, notice, labels);
    }
    return Error::invalid("{" + name + "} has no value here");
  });
}

}  // namespace sideband
