#include "checkup/nginx_config.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "checkup/words.h"

namespace sideband::scan {
namespace {

constexpr std::size_t kMaxReads = 1000;

class NginxParser {
 public:
  explicit NginxParser(std::string_view text) : text_(text) {}

  std::vector<NginxDirective> run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (std::isspace(static_cast<unsigned char>(c)) != 0) {
        ++at_;
      } else if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == ';' || c == '{' || c == '}') {
        ++at_;
        end_directive(c == '{');
        depth_ = std::max(0, depth_ + (c == '{' ? 1 : c == '}' ? -1 : 0));
      } else {
        words_.push_back(c == '"' || c == '\'' ? quoted(c) : word());
      }
    }
    return std::move(found_);
  }

 private:
  std::string word() {
    std::string word;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (std::isspace(static_cast<unsigned char>(c)) != 0 || c == ';' || c == '{') break;
      if (c == '\\' && at_ + 1 < text_.size()) ++at_;
      word += text_[at_++];
    }
    return word;
  }

  std::string quoted(char quote) {
    std::string word;
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      word += text_[at_];
    }
    if (at_ < text_.size()) ++at_;
    return word;
  }

  void end_directive(bool block) {
    if (words_.empty()) return;
    NginxDirective directive;
    directive.name = std::move(words_.front());
    words_.erase(words_.begin());
    directive.arguments = std::move(words_);
    words_.clear();
    directive.depth = depth_;
    directive.block = block;
    found_.push_back(std::move(directive));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::vector<std::string> words_;
  std::vector<NginxDirective> found_;
};

// Puts what a file includes at the place where it includes it: a snippet with certificates belongs
// to each server that includes it.
class NginxReader {
 public:
  NginxReader(const Tree& tree, std::string prefix) : tree_(tree), prefix_(std::move(prefix)) {}

  NginxConfig run(const std::string& main) {
    read(main, 0);
    if (reads_ > kMaxReads) config_.gaps.push_back({main, "it includes too many files"});
    return std::move(config_);
  }

 private:
  void read(const std::string& path, int depth) {
    const bool within = std::find(open_.begin(), open_.end(), path) != open_.end();
    if (within || ++reads_ > kMaxReads) return;
    const bool first = seen_.insert(path).second;
    if (first) config_.files.push_back(path);
    const auto text = tree_.read(path, kMaxConfig);
    if (!text.ok()) {
      if (first) config_.gaps.push_back({path, text.error().message});
      return;
    }
    open_.push_back(path);
    for (NginxDirective& directive : parse_nginx(*text)) add(std::move(directive), depth);
    open_.pop_back();
  }

  void add(NginxDirective directive, int depth) {
    directive.depth += depth;
    const bool includes = directive.name == "include" && !directive.arguments.empty();
    config_.directives.push_back(directive);
    if (!includes) return;
    const std::string& named = directive.arguments[0];
    for (const std::string& file : tree_.glob(absolute_path(named, prefix_))) {
      read(file, directive.depth);
    }
  }

  const Tree& tree_;
  std::string prefix_;
  NginxConfig config_;
  std::set<std::string> seen_;
  std::vector<std::string> open_;  // what is being read, the main file first
  std::size_t reads_ = 0;
};

}  // namespace

std::vector<NginxDirective> parse_nginx(std::string_view text) {
  return NginxParser(text).run();
}

NginxConfig read_nginx_config(const Tree& tree, const std::string& main,
                              const std::string& prefix) {
  return NginxReader(tree, prefix).run(main);
}

}  // namespace sideband::scan
