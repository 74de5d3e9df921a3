// Typed comparison of documents: examples, and the laws that must hold for all of them.
#include "policy/document_diff.h"

#include <rapidcheck/gtest.h>

#include <charconv>

namespace sideband {
namespace {

Document json(const std::string& text) {
  return *parse_json(text);
}

// One line for each difference: "~/a/b 1 -> 2".
std::vector<std::string> lines(const std::string& before, const std::string& after,
                               const DiffOptions& options = {}) {
  std::vector<std::string> out;
  for (const Difference& d : diff_documents(json(before), json(after), options)) {
    switch (d.kind) {
      case Difference::Kind::kAdded:
        out.push_back("+" + d.pointer + " " + to_json(d.after));
        break;
      case Difference::Kind::kRemoved:
        out.push_back("-" + d.pointer + " " + to_json(d.before));
        break;
      case Difference::Kind::kChanged:
        out.push_back("~" + d.pointer + " " + to_json(d.before) + " -> " + to_json(d.after));
    }
  }
  return out;
}

using testing::ElementsAre;
using testing::IsEmpty;

TEST(DocumentDiff, NamesEveryPath) {
  EXPECT_THAT(
      lines(R"({"a": 1, "b": {"c": [1, 2]}, "d/e": true})",
            R"({"a": "1", "b": {"c": [1, 3, 4]}, "f": null})"),
      ElementsAre("~/a 1 -> \"1\"", "~/b/c/1 2 -> 3", "+/b/c/2 4", "-/d~1e true", "+/f null"));
  EXPECT_THAT(lines("1", "[1]"), ElementsAre("~ 1 -> [1]"));
  EXPECT_THAT(lines(R"({"a": 1, "b": 2})", R"({"b": 2.0, "a": 1e0})"), IsEmpty());
}

TEST(DocumentDiff, IgnoresPathsWithAllBelow) {
  const DiffOptions options{.ignore = {"/meta", "/items/*/seen"}};
  EXPECT_THAT(lines(R"({"meta": {"x": 1}, "items": [{"id": 1, "seen": 5}]})",
                    R"({"items": [{"id": 1, "seen": 6}]})", options),
              IsEmpty());
  EXPECT_THAT(lines(R"({"items": [{"id": 1}]})", R"({"items": [{"id": 2, "seen": 1}]})", options),
              ElementsAre("~/items/0/id 1 -> 2"));
}

TEST(DocumentDiff, SetsHaveNoOrderAndNoDuplicates) {
  const DiffOptions options{.ignore = {"/tags/*/at"}, .sets = {"/tags", "/groups/*"}};
  EXPECT_THAT(lines(R"({"tags": ["a", "b", "a"]})", R"({"tags": ["b", "a"]})", options), IsEmpty());
  EXPECT_THAT(lines(R"({"tags": ["a", "b"]})", R"({"tags": ["c", "a", "c"]})", options),
              ElementsAre("-/tags/1 \"b\"", "+/tags/0 \"c\""));
  EXPECT_THAT(lines(R"({"groups": {"x": [1, 2]}})", R"({"groups": {"x": [2.0, 1]}})", options),
              IsEmpty());
  EXPECT_THAT(
      lines(R"({"tags": [{"n": 1, "at": 1}]})", R"({"tags": [{"at": 2, "n": 1}]})", options),
      IsEmpty());
  EXPECT_THAT(lines("[1, 2]", "[2, 1]"), ElementsAre("~/0 1 -> 2", "~/1 2 -> 1"));
}

TEST(DocumentDiff, K12_7_NullIsNotAbsent) {
  EXPECT_THAT(lines(R"({"a": null})", "{}"), ElementsAre("-/a null"));
  EXPECT_THAT(lines("{}", R"({"a": null})"), ElementsAre("+/a null"));
  EXPECT_THAT(lines("[null]", "[]"), ElementsAre("-/0 null"));
  EXPECT_NE(canonical_form(json(R"({"a": null})"), {}), canonical_form(json("{}"), {}));
}

Document random_document(int depth) {
  const int kind = *rc::gen::inRange(0, depth == 0 ? 4 : 6);
  const auto word = [] { return *rc::gen::elementOf(std::vector<std::string>{"a", "b", "c/~"}); };
  if (kind == 0) return Document::null();
  if (kind == 1) return Document::boolean(*rc::gen::arbitrary<bool>());
  if (kind == 2) return Document::number(std::to_string(*rc::gen::inRange(0, 3)));
  if (kind == 3) return Document::string(word());
  Document document = Document::of(kind == 4 ? Document::Kind::kList : Document::Kind::kMap);
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
    if (kind == 4) document.items.push_back(random_document(depth - 1));
    if (kind == 5) document.members[word()] = random_document(depth - 1);
  }
  return document;
}

const DiffOptions& random_options() {
  static const std::vector<DiffOptions> kAll = {
      {},
      {.ignore = {"/a", "/b/*"}},
      {.sets = {"", "/a", "/*/*"}},
      {.ignore = {"/*/a"}, .sets = {"/b"}},
  };
  return kAll[*rc::gen::inRange<std::size_t>(0, kAll.size())];
}

RC_GTEST_PROP(DocumentDiffLaws, NothingDiffersFromItself, ()) {
  const Document document = random_document(4);
  RC_ASSERT(diff_documents(document, document, random_options()).empty());
}

RC_GTEST_PROP(DocumentDiffLaws, SwappedSidesSwapAddedAndRemoved, ()) {
  const Document a = random_document(4);
  const Document b = random_document(4);
  const DiffOptions& options = random_options();
  const auto count = [](const std::vector<Difference>& all, Difference::Kind kind) {
    return std::count_if(all.begin(), all.end(),
                         [&](const Difference& d) { return d.kind == kind; });
  };
  const auto there = diff_documents(a, b, options);
  const auto back = diff_documents(b, a, options);
  using Kind = Difference::Kind;
  RC_ASSERT(count(there, Kind::kAdded) == count(back, Kind::kRemoved));
  RC_ASSERT(count(there, Kind::kRemoved) == count(back, Kind::kAdded));
  RC_ASSERT(count(there, Kind::kChanged) == count(back, Kind::kChanged));
}

RC_GTEST_PROP(DocumentDiffLaws, NoDifferenceMeansTheSameCanonicalForm, ()) {
  const Document a = random_document(3);
  const Document b = random_document(3);
  const DiffOptions& options = random_options();
  RC_ASSERT(diff_documents(a, b, options).empty() ==
            (canonical_form(a, options) == canonical_form(b, options)));
}

std::vector<std::string> segments_of(std::string_view pointer) {
  std::vector<std::string> out;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const std::size_t end = pointer.find('/');
    std::string segment(pointer.substr(0, end));
    for (const auto& [code, text] : {std::pair{"~1", "/"}, std::pair{"~0", "~"}}) {
      for (std::size_t at = 0; (at = segment.find(code, at)) != std::string::npos; ++at) {
        segment.replace(at, 2, text);
      }
    }
    out.push_back(segment);
    pointer = end == std::string_view::npos ? std::string_view() : pointer.substr(end);
  }
  return out;
}

void apply(Document& root, const Difference& d) {
  const std::vector<std::string> path = segments_of(d.pointer);
  if (path.empty()) {
    root = d.after;
    return;
  }
  Document* parent = &root;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    const bool list = parent->kind == Document::Kind::kList;
    parent = list ? &parent->items[std::stoul(path[i])] : &parent->members[path[i]];
  }
  const bool removed = d.kind == Difference::Kind::kRemoved;
  if (parent->kind == Document::Kind::kMap) {
    removed ? void(parent->members.erase(path.back()))
            : void(parent->members[path.back()] = d.after);
  } else if (removed) {
    parent->items.pop_back();  // only the tail of a list can be missing
  } else {
    const std::size_t index = std::stoul(path.back());
    if (index >= parent->items.size()) parent->items.resize(index + 1);
    parent->items[index] = d.after;
  }
}

RC_GTEST_PROP(DocumentDiffLaws, ApplyingTheDifferencesGivesTheOtherSide, ()) {
  Document a = random_document(4);
  const Document b = random_document(4);
  for (const Difference& d : diff_documents(a, b, {})) apply(a, d);
  RC_ASSERT(a == b);
}

}  // namespace
}  // namespace sideband
