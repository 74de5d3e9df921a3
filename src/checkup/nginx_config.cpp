#include "checkup/nginx_config.h"

#include <cctype>
#include <set>

namespace sideband::scan {
namespace {

constexpr std::size_t kMaxFiles = 1000;

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
        end_directive();
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

  void end_directive() {
    if (words_.empty()) return;
    NginxDirective directive;
    directive.name = std::move(words_.front());
    words_.erase(words_.begin());
    directive.arguments = std::move(words_);
    words_.clear();
    found_.push_back(std::move(directive));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<std::string> words_;
  std::vector<NginxDirective> found_;
};

}  // namespace

std::vector<NginxDirective> parse_nginx(std::string_view text) {
  return NginxParser(text).run();
}

NginxConfig read_nginx_config(const Tree& tree, const std::string& main,
                              const std::string& prefix) {
  NginxConfig config;
  std::set<std::string> seen = {main};
  std::vector<std::string> open = {main};
  while (!open.empty()) {
    const std::string path = open.back();
    open.pop_back();
    if (config.files.size() >= kMaxFiles) {
      config.gaps.push_back({main, "it includes too many files"});
      break;
    }
    config.files.push_back(path);
    const auto text = tree.read(path, kMaxConfig);
    if (!text.ok()) {
      config.gaps.push_back({path, text.error().message});
      continue;
    }
    for (NginxDirective& directive : parse_nginx(*text)) {
      if (directive.name == "include" && !directive.arguments.empty()) {
        const std::string& named = directive.arguments[0];
        const std::string pattern = named.starts_with('/') ? named : prefix + "/" + named;
        for (const std::string& file : tree.glob(pattern)) {
          if (seen.insert(file).second) open.push_back(file);
        }
      }
      config.directives.push_back(std::move(directive));
    }
  }
  return config;
}

}  // namespace sideband::scan
