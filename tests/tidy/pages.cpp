// Rules about the prose: what it names is there.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "tidy/rules.h"

namespace sideband::tidy {
namespace {

const std::vector<std::string>& top_folders() {
  static const std::vector<std::string> kFolders = {
      "src", "tests", "docs", "tools", "bench", "cmake", "recipes", "packaging", "console", ".ci"};
  return kFolders;
}

const std::vector<std::string>& source_folders() {
  static const std::vector<std::string> kFolders = {
      "base",   "model",     "merkle",  "cel",   "detectors", "config",  "net",
      "policy", "ports",     "engine",  "audit", "store",     "drivers", "secrets",
      "notify", "telemetry", "gateway", "scan",  "cli",       "app"};
  return kFolders;
}

bool contains(const std::vector<std::string>& list, const std::string& what) {
  return std::find(list.begin(), list.end(), what) != list.end();
}

bool is_path_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string("_-./*<>").find(c) != std::string::npos;
}

// `drivers/<kind>/` means any kind.
std::string with_wildcards(std::string path) {
  for (std::size_t open = path.find('<'); open != std::string::npos; open = path.find('<')) {
    const std::size_t close = path.find('>', open);
    if (close == std::string::npos) break;
    path.replace(open, close - open + 1, "*");
  }
  return path;
}

// What the quoted text can mean as a path of the repository; empty if it is none.
std::vector<std::string> readings(const std::string& quoted) {
  if (quoted.empty() || !std::all_of(quoted.begin(), quoted.end(), is_path_character)) return {};
  std::string path = with_wildcards(quoted);
  while (path.ends_with('/')) path.pop_back();
  const std::size_t slash = path.find('/');
  const std::string first = path.substr(0, slash);
  if (slash == std::string::npos) {
    const bool page = path.ends_with(".md") && std::isupper(static_cast<unsigned char>(path[0]));
    return page ? std::vector{path} : std::vector<std::string>{};
  }
  if (contains(top_folders(), first)) return {path};
  if (!contains(source_folders(), first)) return {};
  return {"src/" + path, "src/" + path + ".h", "src/" + path + ".cpp"};
}

// Calls `use` with each text between `open` and `close` of the line.
template <typename Use>
void each_between(const std::string& line, const std::string& open, const std::string& close,
                  Use use) {
  for (std::size_t at = line.find(open); at != std::string::npos;) {
    const std::size_t from = at + open.size(), end = line.find(close, from);
    if (end == std::string::npos) return;
    use(line.substr(from, end - from));
    at = line.find(open, end + close.size());
  }
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

// "docs" + "../README.md" → "README.md".
std::string joined(std::string folder, std::string target) {
  while (target.starts_with("../")) {
    target.erase(0, 3);
    folder = folder_of(folder);
  }
  return folder.empty() ? target : folder + "/" + target;
}

// The names that follow `.counter("` and its kin; a line end may stand after the parenthesis.
void add_metrics(const std::string& text, const std::string& maker, std::set<std::string>& names) {
  for (std::size_t at = text.find(maker); at != std::string::npos; at = text.find(maker, at + 1)) {
    std::size_t from = at + maker.size();
    while (from < text.size() && std::isspace(static_cast<unsigned char>(text[from])) != 0) ++from;
    if (text.compare(from, 10, "\"sideband_") != 0) continue;
    names.insert(text.substr(from + 1, text.find('"', from + 1) - from - 1));
  }
}

}  // namespace

Violations check_paths(const SourceFile& page,
                       const std::function<bool(const std::string&)>& exists) {
  Violations found;
  const auto report = [&](std::size_t line, const std::string& what) {
    found.push_back({page.path, static_cast<int>(line) + 1, what + " does not exist",
                     "a page that names what is gone is read once and never trusted again"});
  };
  bool fenced = false;
  for (std::size_t i = 0; i < page.lines.size(); ++i) {
    if (page.lines[i].starts_with("```")) fenced = !fenced;
    if (fenced) continue;
    each_between(page.lines[i], "`", "`", [&](const std::string& quoted) {
      const auto meant = readings(quoted);
      if (!meant.empty() && std::none_of(meant.begin(), meant.end(), exists)) report(i, quoted);
    });
    each_between(page.lines[i], "](", ")", [&](const std::string& target) {
      const std::string path = target.substr(0, target.find('#'));
      if (path.empty() || path.find("://") != std::string::npos) return;
      if (!exists(joined(folder_of(page.path), path))) report(i, target);
    });
  }
  return found;
}

std::set<std::string> metrics_in(const std::vector<SourceFile>& sources) {
  std::set<std::string> names;
  for (const SourceFile& file : sources) {
    if (!file.path.starts_with("src/") || file.path.ends_with("_test.cpp")) continue;
    std::string text;
    for (const std::string& line : file.lines) text += line + "\n";
    for (const char* maker : {"counter(", "gauge(", "histogram("}) {
      add_metrics(text, maker, names);
    }
  }
  return names;
}

Violations check_metrics(const SourceFile& catalogue, const std::set<std::string>& metrics) {
  Violations found;
  std::set<std::string> named;
  for (std::size_t i = 0; i < catalogue.lines.size(); ++i) {
    each_between(catalogue.lines[i], "`", "`", [&](const std::string& quoted) {
      if (!quoted.starts_with("sideband_")) return;
      const std::string name = quoted.substr(0, quoted.find_first_of("{ "));
      if (!metrics.contains(name)) {
        found.push_back({catalogue.path, static_cast<int>(i) + 1,
                         name + " is no metric of the code",
                         "dashboards are built from this page"});
      }
      named.insert(name);
    });
  }
  for (const std::string& name : metrics) {
    if (named.contains(name)) continue;
    found.push_back(
        {catalogue.path, 0, name + " is missing", "dashboards are built from this page"});
  }
  return found;
}

}  // namespace sideband::tidy
