#include "gateway/routes_silence.h"

#include "base/jcs.h"
#include "base/units.h"
#include "config/messages.h"
#include "gateway/answers.h"

namespace sideband {
namespace {

// Names of what it matches as things are configured now.
std::vector<std::string> matched(const Settings& settings, const SilenceMatch& match) {
  std::vector<std::string> names;
  for (const auto& [name, reconciler] : settings.reconcilers) {
    if (match.matches(reconciler)) names.push_back(name);
  }
  return names;
}

void add_match(JsonObject& out, const SilenceMatch& match) {
  if (!match.reconciler.empty()) out.add("reconciler", match.reconciler);
  if (!match.owner.empty()) out.add("owner", match.owner);
  if (!match.target.empty()) out.add("target", match.target);
  if (!match.labels.empty()) {
    JsonObject labels;
    for (const auto& [name, value] : match.labels) labels.add(name, value);
    out.add_json("labels", labels.text());
  }
  out.add("of", match.text());
}

std::string silence_view(const Silence& silence, const Settings& settings, WallTime now) {
  JsonObject out;
  if (!silence.id.empty()) out.add("id", silence.id.text());
  add_match(out, silence.match);
  out.add("by", silence.by).add("reason", silence.reason);
  if (silence.since != WallTime()) out.add("since", format_time(silence.since));
  if (silence.until != WallTime()) out.add("until", format_time(silence.until));
  out.add("state", silence.holds_at(now) ? "holds" : "ended");
  const std::vector<std::string> names = matched(settings, silence.match);
  out.add_json("matches", json_strings(names));
  return out.add("count", std::ssize(names)).text();
}

// "tier=gold".
Result<std::map<std::string, std::string>> labels_member(const Document& body) {
  SB_ASSIGN(const std::vector<std::string> words, list_member(body, "labels"));
  std::map<std::string, std::string> labels;
  for (const std::string& word : words) {
    const std::size_t at = word.find('=');
    if (at == std::string::npos || at == 0 || at + 1 == word.size()) {
      return Error::invalid("a label is written as name=value, not \"" + word + "\"");
    }
    if (!labels.emplace(word.substr(0, at), word.substr(at + 1)).second) {
      return Error::invalid("the label " + word.substr(0, at) + " is there twice");
    }
  }
  return labels;
}

// An empty word is most likely a variable that was not set: it must not match everything.
Result<std::string> word_member(const Document& body, const std::string& key) {
  SB_ASSIGN(std::string word, text_member(body, key, ""));
  const bool given = body.members.contains(key);
  if (given && word.empty()) return Error::invalid("\"" + key + "\" is empty; leave it out");
  return word;
}

Result<SilenceMatch> match_of(const Document& body) {
  SilenceMatch match;
  SB_ASSIGN(match.reconciler, word_member(body, "reconciler"));
  SB_ASSIGN(match.owner, word_member(body, "owner"));
  SB_ASSIGN(match.target, word_member(body, "target"));
  SB_ASSIGN(match.labels, labels_member(body));
  SB_ASSIGN(const bool all, bool_member(body, "all"));
  if (match.is_everything() && !all) {
    return Error::invalid(
        "it would match everything: name a reconciler, an owner, a target or "
        "labels, or say \"all\"");
  }
  if (!match.is_everything() && all) {
    return Error::invalid("\"all\" is everything: leave the rest out");
  }
  return match;
}

struct Asked {
  SilenceMatch match;
  Duration length{0};
  std::string reason;
  bool dry_run = false;
};

Result<Asked> asked_of(const Call& call) {
  SB_ASSIGN(const Document body, read_body(call));
  Asked asked;
  SB_ASSIGN(asked.match, match_of(body));
  SB_ASSIGN(const std::string length, text_member(body, "for", ""));
  SB_ASSIGN(asked.length, parse_duration(length));
  SB_ASSIGN(asked.reason, text_member(body, "reason", ""));
  SB_ASSIGN(asked.dry_run, bool_member(body, "dryRun"));
  SB_TRY(check_silence(asked.length, asked.reason));
  return asked;
}

}  // namespace

void SilenceRoutes::list_silences(Call call) {
  std::vector<std::string> rows;
  const auto settings = parts_.engine.settings();
  const WallTime now = parts_.clock.wall();
  const auto read = parts_.store.read([&](StoreReader& reader) -> Result<void> {
    rows.clear();
    SB_ASSIGN(const auto all, reader.silences());
    for (const Silence& silence : all) rows.push_back(silence_view(silence, *settings, now));
    return {};
  });
  if (!read.ok()) return call.respond(problem(read.error()));
  JsonObject out;
  out.add_json("items", json_array(rows));
  call.respond(json_answer(200, out.text()));
}

// A dry run says what it would match now, and a silence what it matches now.
void SilenceRoutes::add_silence(Call call) {
  const auto asked = asked_of(call);
  if (!asked.ok()) return call.respond(problem(asked.error()));
  const auto settings = parts_.engine.settings();
  const WallTime now = parts_.clock.wall();
  if (asked->dry_run) {
    const Silence would{.match = asked->match, .by = call.caller.name(), .reason = asked->reason};
    return call.respond(json_answer(200, silence_view(would, *settings, now)));
  }
  const auto silence = parts_.engine.commands().silences.add(asked->match, asked->length,
                                                             call.caller, asked->reason);
  if (!silence.ok()) return call.respond(problem(silence.error()));
  call.respond(json_answer(200, silence_view(*silence, *settings, now)));
}

void SilenceRoutes::expire_silence(Call call) {
  const auto id = Uuid::parse(call.arguments[0]);
  if (!id.ok()) return call.respond(problem(id.error()));
  const auto ended = parts_.engine.commands().silences.expire(*id, call.caller);
  if (!ended.ok()) return call.respond(problem(ended.error()));
  call.respond(
      json_answer(200, silence_view(*ended, *parts_.engine.settings(), parts_.clock.wall())));
}

}  // namespace sideband
