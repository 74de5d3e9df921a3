// Rules about single words: calls that base/ wraps, leftovers, a claim nobody can keep.
#include <fmt/format.h>

#include <cctype>

#include "tidy/rules.h"

namespace sideband::tidy {
namespace {

// Split, so that these sources pass their own rules.
const std::vector<std::string>& leftovers() {
  static const std::vector<std::string> kWords = {
      "TO"
      "DO",
      "FIX"
      "ME",
      "XX"
      "X"};
  return kWords;
}

enum class Kind { kName, kCall };

struct Banned {
  std::string word;
  Kind kind;
  std::string instead;
};

const std::vector<Banned>& banned() {
  static const std::vector<Banned> kBanned = {
      {"system_clock", Kind::kName, "Clock::wall of base/clock.h"},
      {"steady_clock", Kind::kName, "Clock::mono of base/clock.h"},
      {"high_resolution_clock", Kind::kName, "Clock::mono of base/clock.h"},
      {"time", Kind::kCall, "Clock::wall of base/clock.h"},
      {"gettimeofday", Kind::kCall, "Clock::wall of base/clock.h"},
      {"clock_gettime", Kind::kCall, "Clock of base/clock.h"},
      {"sleep_for", Kind::kName, "CondVar of base/mutex.h"},
      {"sleep_until", Kind::kName, "CondVar of base/mutex.h"},
      {"sleep", Kind::kCall, "CondVar of base/mutex.h"},
      {"usleep", Kind::kCall, "CondVar of base/mutex.h"},
      {"nanosleep", Kind::kCall, "CondVar of base/mutex.h"},
      {"rand", Kind::kCall, "Random of base/random.h"},
      {"srand", Kind::kCall, "Random of base/random.h"},
      {"random_device", Kind::kName, "Random of base/random.h"},
      {"std::thread", Kind::kName, "Thread of base/thread.h"},
      {"std::jthread", Kind::kName, "Thread of base/thread.h"},
      {"std::async", Kind::kName, "Thread of base/thread.h"},
      {"pthread_create", Kind::kName, "Thread of base/thread.h"},
  };
  return kBanned;
}

// A call of the C library's function: not a member, not a declaration `Type time()`.
bool is_plain_call(const std::string& line, std::size_t at, std::size_t end) {
  if (end >= line.size() || line[end] != '(') return false;
  std::size_t before = at;
  while (before > 0 && line[before - 1] == ' ') --before;
  if (before == 0) return true;
  const char last = line[before - 1];
  if (last == '.' || last == '>' || last == '&' || last == '*') return false;
  if (last == ':')
    return before == 2 || line.compare(before - 2, 2, "::") != 0 || !is_word(line[before - 3]) ||
           line.substr(0, before).ends_with("std::");
  return !is_word(last) || line.substr(0, before).ends_with("return");
}

bool uses(const std::string& line, const Banned& rule) {
  for (std::size_t at = line.find(rule.word); at != std::string::npos;
       at = line.find(rule.word, at + 1)) {
    const std::size_t end = at + rule.word.size();
    const bool whole =
        (at == 0 || !is_word(line[at - 1])) && (end == line.size() || !is_word(line[end]));
    if (whole && (rule.kind == Kind::kName || is_plain_call(line, at, end))) return true;
  }
  return false;
}

bool may_wait(const std::string& path) {
  return path.starts_with("tests/support/");  // for servers of others, which give no signal
}

// The text in lower case; everything that may stand between two words is one blank. `line_of`
// gets the line of each character.
std::string plain_words(const SourceFile& file, std::vector<int>& line_of) {
  std::string words;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    for (const char c : file.lines[i] + "\n") {
      const bool letter = std::isalnum(static_cast<unsigned char>(c)) != 0;
      if (!letter && (words.empty() || words.back() == ' ')) continue;
      words += letter ? static_cast<char>(std::tolower(static_cast<unsigned char>(c))) : ' ';
      line_of.push_back(static_cast<int>(i) + 1);
    }
  }
  return words;
}

}  // namespace

Violations check_banned_calls(const SourceFile& file) {
  Violations found;
  if (file.path.starts_with("src/base/")) return found;
  for (std::size_t i = 0; i < file.code.size(); ++i) {
    for (const Banned& rule : banned()) {
      if (!uses(file.code[i], rule)) continue;
      if (rule.word.find("sleep") != std::string::npos && may_wait(file.path)) continue;
      found.push_back({file.path, static_cast<int>(i) + 1,
                       fmt::format("{} outside base/; use {}", rule.word, rule.instead),
                       "tests put their own clock, randomness and threads in its place"});
    }
  }
  return found;
}

Violations check_json_reader(const SourceFile& file) {
  Violations found;
  if (!file.path.starts_with("src/") || file.path == "src/model/document.cpp") return found;
  const std::string library = "nlohmann";
  for (std::size_t i = 0; i < file.code.size(); ++i) {
    const bool included = file.lines[i].starts_with("#include <" + library);
    if (!included && !uses(file.code[i], {library, Kind::kName, ""})) continue;
    found.push_back({file.path, static_cast<int>(i) + 1, library + "; use parse_json",
                     "the library ends at a NUL byte and takes duplicate keys; two readers would "
                     "read one text differently"});
  }
  return found;
}

Violations check_job_kind(const SourceFile& file) {
  Violations found;
  if (file.path == "src/model/job_kind.cpp" || file.code.empty()) return found;
  const bool product = file.path.starts_with("src/") && !file.path.ends_with("_test.cpp");
  for (std::size_t i = 0; i < file.code.size(); ++i) {
    std::string word;
    for (const char* name : {"is_playbook", "kPlaybookPrefix"}) {
      if (uses(file.code[i], {name, Kind::kName, ""})) word = name;
    }
    // The quotes of a literal are kept in the code, those of a comment are not.
    const std::size_t at = file.lines[i].find("\"playbook/");
    if (product && at != std::string::npos && file.code[i][at] == '"') word = "\"playbook/\"";
    if (word.empty()) continue;
    found.push_back({file.path, static_cast<int>(i) + 1,
                     word + "; use Repair::kind, or job_kind_of of model/job_kind.h",
                     "what differs between repairs and runs is a JobHandler's; a name that is "
                     "looked at elsewhere is a branch that a third kind would miss"});
  }
  return found;
}

Violations check_leftovers(const SourceFile& file) {
  Violations found;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    for (const std::string& word : leftovers()) {
      if (!uses(file.lines[i], {word, Kind::kName, ""})) continue;
      found.push_back({file.path, static_cast<int>(i) + 1, word,
                       "what is not done is tracked where it is planned, not in the code"});
    }
  }
  return found;
}

Violations check_claims(const SourceFile& file) {
  Violations found;
  std::vector<int> line_of;
  const std::string words = plain_words(file, line_of);
  const std::string claim = std::string("exac") + "tly once";
  for (std::size_t at = words.find(claim); at != std::string::npos;
       at = words.find(claim, at + 1)) {
    found.push_back({file.path, line_of[at], "claims " + claim,
                     "dispatch is at least once; docs/guarantees.md says what holds"});
  }
  return found;
}

}  // namespace sideband::tidy
