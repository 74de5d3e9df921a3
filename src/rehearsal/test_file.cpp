#include "rehearsal/test_file.h"

#include <fmt/format.h>

#include <filesystem>
#include <sstream>

#include "config/decode.h"
#include "config/yaml.h"
#include "rehearsal/test_checks.h"
#include "rehearsal/test_fields.h"
#include "settings/load.h"

namespace sideband::sim {
namespace {

constexpr const char* kUsualStart = "2026-03-02T09:00:00.000000Z";

// "kind: Test", with a comment or without.
bool is_kind_of_test(const std::string& line) {
  std::istringstream words(line);
  std::string key, kind;
  return words >> key >> kind && line.starts_with("kind:") && key == "kind:" && kind == "Test";
}

// What stands beside the tests in their file: each line of a test is an empty one, so that messages
// name the right lines.
std::string without_tests(const std::string& text) {
  std::string out, document, line;
  bool test = false;
  std::size_t lines = 0;
  const auto end = [&] {
    out += test ? std::string(lines, '\n') : document;
    document.clear();
    test = false;
    lines = 0;
  };
  std::istringstream in(text);
  while (std::getline(in, line)) {
    if (line.starts_with("---")) end();
    document += line + "\n";
    ++lines;
    test = test || is_kind_of_test(line);
  }
  end();
  return out;
}

bool is_test(const config::Node& node) {
  const config::Node* const kind = node.find("kind");
  return kind != nullptr && kind->text == "Test";
}

class TestLoader {
 public:
  TestLoader(std::string path, std::string text, const std::vector<config::DriverFields>& drivers)
      : path_(std::move(path)), text_(std::move(text)), drivers_(drivers) {}

  TestFile run() {
    out_.none = true;
    const std::uint32_t file = messages_.add_source(path_, text_);
    for (const config::Node& node : config::parse_yaml(file, messages_)) {
      if (is_test(node)) out_.none = false;
      if (is_test(node)) take(node);
    }
    out_.messages = messages_.render() + compiled_said_;
    out_.ok = messages_.errors() == 0 && compiled_well_;
    return std::move(out_);
  }

 private:
  void take(const config::Node& node) {
    TestCase test;
    const std::size_t before = messages_.errors();
    config::decode(test_fields(), node, "", &test, messages_);
    if (messages_.errors() > before || !compiled_well_) return;
    test.file = path_;
    if (!test.start) test.start = parse_time(kUsualStart).value();
    name_places(test, node);
    auto settings = compile_for(test);
    if (!settings) return;
    check_test(test, *settings, node, messages_);
    out_.tests.push_back({std::move(test), std::move(*settings)});
  }

  void name_places(TestCase& test, const config::Node& node) const {
    for (std::size_t i = 0; i < test.steps.size(); ++i) {
      auto& expect = test.steps[i].expect;
      for (std::size_t j = 0; j < expect.size(); ++j) {
        const auto at = config::span_at(node, fmt::format("spec.steps[{}].expect[{}]", i, j));
        expect[j].place = fmt::format("{}:{}", path_, at.line);
      }
    }
  }

  // Nothing where the configuration is wrong, which is said once.
  std::optional<Settings> compile_for(const TestCase& test) {
    std::vector<policy::SourceText> sources;
    const std::string beside = without_tests(text_);
    if (beside.find_first_not_of(" \n") != std::string::npos) sources.push_back({path_, beside});
    for (const std::string& named : test.configuration) {
      const auto path = std::filesystem::path(path_).parent_path() / named;
      auto read = policy::read_sources(path.string());
      if (!read.ok()) {
        compiled_said_ = "error: " + read.error().message + "\n";
        compiled_well_ = false;
        return std::nullopt;
      }
      for (auto& source : *read) sources.push_back(std::move(source));
    }
    policy::Compiled compiled = policy::compile(sources, drivers_, *test.start);
    compiled_well_ = compiled.ok();
    // Warnings are for `sideband check`.
    if (!compiled_well_) compiled_said_ = compiled.messages.render();
    return compiled_well_ ? std::optional(std::move(compiled.settings)) : std::nullopt;
  }

  const std::string path_, text_;
  const std::vector<config::DriverFields>& drivers_;
  config::Messages messages_;
  std::string compiled_said_;
  bool compiled_well_ = true;
  TestFile out_;
};

}  // namespace

Result<TestFile> load_test_file(const std::string& path,
                                const std::vector<config::DriverFields>& drivers) {
  SB_ASSIGN(std::string text, policy::read_text_file(path));
  return TestLoader(path, std::move(text), drivers).run();
}

}  // namespace sideband::sim
