// A header tells where its code is: x.h is implemented by x.cpp and by nothing else. Definitions
// are found by their braces, as the sizes are: what stands in a namespace with a name.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <map>

#include "tidy/rules.h"

namespace sideband::tidy {
namespace {

constexpr const char* kOneSourceReason = "a header tells where its code is: one header, one source";

// A heading that note() passes over.
constexpr const char* kNotedBefore = "static ";

// A function that other sources can call.
struct Definition {
  std::string owner;  // class of a member function; empty of a free one
  std::string name;
  int line = 0;
};

class DefinitionFinder {
 public:
  explicit DefinitionFinder(const SourceFile& file) : file_(file) {}

  std::vector<Definition> run() {
    for (std::size_t i = 0; i < file_.code.size(); ++i) {
      if (file_.code[i].starts_with("#")) continue;
      for (const char c : file_.code[i] + "\n") read(c, static_cast<int>(i) + 1);
    }
    return std::move(found_);
  }

 private:
  enum class Scope : std::uint8_t { kNamespace, kAnonymous, kOther };

  void read(char c, int line) {
    const bool blank = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (just_closed_ && !blank) {
      // `: member_{1}, other_(2) {`: the braces were of a member, and the function goes on.
      if (c == ',' || c == '{') heading_ = kNotedBefore;
      just_closed_ = false;
    }
    if (!inside() && heading_.empty() && !blank) line_ = line;
    if (c == '{') return open();
    if (c == '}') return close();
    if (inside()) return;
    if (c == ';') {
      heading_.clear();
    } else if (!blank || !heading_.empty()) {
      heading_ += blank ? ' ' : c;
    }
  }

  // In a function, a class or a list of values, whose inner braces only count.
  [[nodiscard]] bool inside() const { return !scopes_.empty() && scopes_.back() == Scope::kOther; }

  void open() {
    Scope scope = Scope::kOther;
    if (!inside() && heading_.starts_with("namespace")) {
      scope = heading_.find_first_not_of(' ', 9) == std::string::npos ? Scope::kAnonymous
                                                                      : Scope::kNamespace;
      heading_.clear();
    } else if (!inside() && !is_anonymous()) {
      note();
    }
    scopes_.push_back(scope);
  }

  void close() {
    if (!scopes_.empty()) scopes_.pop_back();
    if (inside()) return;
    heading_.clear();
    just_closed_ = true;
  }

  [[nodiscard]] bool is_anonymous() const {
    return std::find(scopes_.begin(), scopes_.end(), Scope::kAnonymous) != scopes_.end();
  }

  // Where the list of parameters begins: the first parenthesis outside of <>; npos = none.
  [[nodiscard]] std::size_t parameters() const {
    int angles = 0;
    for (std::size_t i = 0; i < heading_.size(); ++i) {
      if (heading_[i] == '<') ++angles;
      if (heading_[i] == '>') --angles;
      if (heading_[i] == '=' && angles == 0) return std::string::npos;
      if (heading_[i] == '(' && angles == 0) return i;
    }
    return std::string::npos;
  }

  void note() {
    for (const char* other : {"static ", "class ", "struct ", "enum ", "template"}) {
      if (heading_.starts_with(other)) return;
    }
    const std::size_t end = parameters();
    if (end == std::string::npos || end == 0) return;
    std::size_t begin = end;
    while (begin > 0 && (is_word(heading_[begin - 1]) || heading_[begin - 1] == ':' ||
                         heading_[begin - 1] == '~')) {
      --begin;
    }
    std::string name = heading_.substr(begin, end - begin);
    const std::size_t colons = name.rfind("::");
    const bool qualified = colons != std::string::npos;
    found_.push_back({qualified ? name.substr(0, colons) : "",
                      qualified ? name.substr(colons + 2) : name, line_});
  }

  const SourceFile& file_;
  std::vector<Definition> found_;
  std::vector<Scope> scopes_;
  std::string heading_;
  bool just_closed_ = false;
  int line_ = 0;
};

// Sources by path without ending: "src/net/socket".
using Files = std::map<std::string, const SourceFile*>;

std::string without_ending(const std::string& path) {
  return path.substr(0, path.rfind('.'));
}

bool is_ruled(const SourceFile& file) {
  return file.path.starts_with("src/") && file.path.ends_with(".cpp") &&
         !file.path.ends_with("_test.cpp") && !file.path.ends_with("main.cpp") &&
         !file.path.starts_with("src/policy/gates/");
}

bool names(const SourceFile& header, const std::string& word) {
  for (const std::string& line : header.code) {
    for (std::size_t at = line.find(word); at != std::string::npos; at = line.find(word, at + 1)) {
      const std::size_t end = at + word.size();
      if ((at == 0 || !is_word(line[at - 1])) && (end == line.size() || !is_word(line[end]))) {
        return true;
      }
    }
  }
  return false;
}

// The header that lists this function among others of its kind, each in a source of its own: verbs,
// checks, probes. It has no source itself.
bool is_entry_of_a_list(const SourceFile& source, const std::string& function, const Files& headers,
                        const Files& all_sources) {
  for (const std::string& line : source.lines) {
    const std::string start = "#include \"";
    if (!line.starts_with(start)) continue;
    const std::string path =
        "src/" + without_ending(line.substr(start.size(), line.rfind('"') - start.size()));
    const auto header = headers.find(path);
    if (header == headers.end() || all_sources.count(path) != 0) continue;
    if (names(*header->second, function)) return true;
  }
  return false;
}

std::string owner_or_name(const Definition& definition) {
  const std::string& full = definition.owner.empty() ? definition.name : definition.owner;
  const std::size_t colons = full.rfind("::");
  return colons == std::string::npos ? full : full.substr(colons + 2);
}

Violations header_problems(const SourceFile& source, const std::vector<Definition>& definitions,
                           const Files& headers, const Files& sources) {
  const auto header = headers.find(without_ending(source.path));
  if (header == headers.end()) {
    const bool entry = definitions.size() == 1 && definitions[0].owner.empty() &&
                       is_entry_of_a_list(source, definitions[0].name, headers, sources);
    if (entry) return {};
    return {{source.path, 0, "no header of its own name, and no entry of a list either",
             kOneSourceReason}};
  }
  Violations found;
  for (const Definition& definition : definitions) {
    if (names(*header->second, owner_or_name(definition))) continue;
    found.push_back(
        {source.path, definition.line,
         fmt::format("{} is not in {}", owner_or_name(definition), header->second->path),
         kOneSourceReason});
  }
  return found;
}

}  // namespace

Violations check_one_source(const std::vector<SourceFile>& files) {
  Files headers, sources;
  for (const SourceFile& file : files) {
    if (file.path.ends_with(".h")) headers[without_ending(file.path)] = &file;
    if (file.path.ends_with(".cpp")) sources[without_ending(file.path)] = &file;
  }
  Violations found;
  std::map<std::string, std::string> source_of_class;  // by folder and class
  for (const SourceFile& file : files) {
    if (!is_ruled(file)) continue;
    const std::vector<Definition> definitions = DefinitionFinder(file).run();
    for (Violation& one : header_problems(file, definitions, headers, sources)) {
      found.push_back(std::move(one));
    }
    for (const Definition& definition : definitions) {
      if (definition.owner.empty()) continue;
      const std::string folder = file.path.substr(0, file.path.rfind('/'));
      const auto [first, fresh] =
          source_of_class.try_emplace(folder + " " + definition.owner, file.path);
      if (fresh || first->second == file.path) continue;
      found.push_back({file.path, definition.line,
                       fmt::format("{}::{}, of a class whose functions are in {}", definition.owner,
                                   definition.name, first->second),
                       kOneSourceReason});
      break;
    }
  }
  return found;
}

}  // namespace sideband::tidy
