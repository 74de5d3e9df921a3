// Values that are changed in a text, and everything else of it that stays.
#include "config/edit_text.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <sstream>

#include "config/typed_document.h"

namespace sideband::config {
namespace {

using Kind = Document::Kind;

struct EditCase {
  const char* text;
  const char* wanted;  // JSON; several documents as lines
  const char* edited;  // or the reason for a refusal
};

std::vector<Document> documents_of(const std::string& lines) {
  std::vector<Document> out;
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) out.push_back(parse_json(line).value());
  return out;
}

TEST(EditYaml, WhatIsNotMeantStays) {
  const EditCase cases[] = {
      {"a: 1\n", R"({"a":1})", "a: 1\n"},
      {"a: 1 # one\n", R"({"a":2})", "a: 2 # one\n"},
      {"# top\na:   'x'   # why\n\nb: 1\n", R"({"a":"it's","b":1})",
       "# top\na:   'it''s'   # why\n\nb: 1\n"},
      {"a: \"x\"\n", R"({"a":"y z"})", "a: \"y z\"\n"},
      {"a: x\n", R"({"a":"yes"})", "a: \"yes\"\n"},
      {"a: x\n", R"({"a":true})", "a: true\n"},
      {"a: 5s # t\nb: '5s'\n", R"({"a":"30s","b":"30s"})", "a: 30s # t\nb: '30s'\n"},
      {"a: v1\n", R"({"a":"1e5"})", "a: \"1e5\"\n"},
      {"a: v1\n", R"({"a":"0x1f"})", "a: \"0x1f\"\n"},
      {"a: v1\n", R"({"a":"2026-01-31"})", "a: \"2026-01-31\"\n"},
      {"a: v1\n", R"({"a":"1.2.3-rc1"})", "a: 1.2.3-rc1\n"},
      {"b: 1\na: 2\n", R"({"a":3,"b":1})", "b: 1\na: 3\n"},
      {"a:\nb: 1\n", R"({"a":1,"b":1})", "a: 1\nb: 1\n"},
      {"a: # nothing\nb: 1\n", R"({"a":1,"b":1})", "a: 1 # nothing\nb: 1\n"},
      {"a:", R"({"a":1})", "a: 1"},
      {"a: 1", R"({"a":1,"b":2})", "a: 1\nb: 2"},
      {"a: 1 # c\n# end\n", R"({"a":1,"b":{"c":[1]}})", "a: 1 # c\nb:\n  c:\n    - 1\n# end\n"},
      {"m:\n  x: 1\n  # inside\nn: 2\n", R"({"m":{"x":1,"z":2},"n":2})",
       "m:\n  x: 1\n  z: 2\n  # inside\nn: 2\n"},
      {"m:\n    x: 1\n", R"({"m":{"x":1,"z":2},"p":3})", "m:\n    x: 1\n    z: 2\np: 3\n"},
      {"l:\n  - a # first\n", R"({"l":["a","b"]})", "l:\n  - a # first\n  - b\n"},
      {"l:\n- a\n- b: 1\n  c: 2\n", R"({"l":["a",{"b":1,"c":3,"d":4},"e"]})",
       "l:\n- a\n- b: 1\n  c: 3\n  d: 4\n- e\n"},
      {"m: {a: 1, b: 2} # c\n", R"({"m":{"a":1,"b":3,"c":4}})", "m: {a: 1, b: 3, c: 4} # c\n"},
      {"m: {}\nl: []\n", R"({"m":{"a":1},"l":[1]})", "m: {a: 1}\nl: [1]\n"},
      {"l: [1, 2, ]\n", R"({"l":[1,2,3]})", "l: [1, 2, 3 ]\n"},
      {"m: {\n  a: 1,\n  b: 2\n}\n", R"({"m":{"a":1,"b":2,"c":3}})",
       "m: {\n  a: 1,\n  b: 2,\n  c: 3\n}\n"},
      {"a: |\n  one\n  two\nb: 1\n", R"({"a":"one\nthree\n","b":1})",
       "a: |\n  one\n  three\nb: 1\n"},
      {"a: |\n  one\n  two\nb: 1\n", R"({"a":"x\ny","b":1})", "a: |-\n  x\n  y\nb: 1\n"},
      {"a: >\n  one\n  two\n\n\nb: 1\n", R"({"a":"x","b":1})", "a: x\n\n\nb: 1\n"},
      {"a: 1\n---\n# second\nb: 2\n", "{\"a\":1}\n{\"b\":3}", "a: 1\n---\n# second\nb: 3\n"},
      {"a: 1", "{\"a\":1}\n{\"b\":2}\n3", "a: 1\n---\nb: 2\n---\n3\n"},
      {"# nothing yet\n", R"({"a":1})", "# nothing yet\na: 1\n"},
      {"", R"({"a":1})", "a: 1\n"},
      {"a: 1\r\nb: 2\r\n", R"({"a":1,"b":3,"c":4})", "a: 1\r\nb: 3\r\nc: 4\r\n"},
      {"\xef\xbb\xbf"
       "a: 1\n",
       R"({"a":2})",
       "\xef\xbb\xbf"
       "a: 2\n"},
      {"\xc3\xa9: 1 # \xc3\xbc\nb: 2\n", "{\"\xc3\xa9\":1,\"b\":\"\xc3\xb6\"}",
       "\xc3\xa9: 1 # \xc3\xbc\nb: \"\xc3\xb6\"\n"},
      {"a: {x: 1}\n", R"({"a":5})", "a: 5\n"},
      {"a:\n  x: 1\nb: 2\n", R"({"a":[1],"b":2})", "a:\n  [1]\nb: 2\n"},
      {"a: 5 # c\n", R"({"a":{"x":1}})", "a: {\"x\":1} # c\n"},
      {"a: !!str 5\n", R"({"a":"6"})", "a: \"6\"\n"},
      {"a: !Ref b\nc: 1\n", R"({"a":{"!Ref":"b"},"c":2})", "a: !Ref b\nc: 2\n"},
      {"a: &x 1\nb: 2\n", R"({"a":3,"b":2})", "a: &x 3\nb: 2\n"},
      {"a: &x 1\nb: *x\n", R"({"a":1,"b":2})", "a: &x 1\nb: 2\n"},
      {"a: &x 1\nb: *x\n", R"({"a":2,"b":2})", "a: &x 2\nb: 2\n"},
      {"a: &x {n: 1}\nb:\n  <<: *x\n", R"({"a":{"n":1},"b":{"n":2}})",
       "a: &x {n: 1}\nb:\n  <<: *x\n  \"n\": 2\n"},
      {"- a\n- b # two\n", R"(["a","c","d"])", "- a\n- c # two\n- d\n"},
      {"x # all\n", R"("z")", "z # all\n"},
      {"a: 'x\n  y'\nb: 1\n", R"({"a":"z","b":1})", "a: 'z'\nb: 1\n"},
      {"a: \"#fff\" # white\n", R"({"a":"#000"})", "a: \"#000\" # white\n"},
      {"m:\n  x: 1\n\n  # more to come\n\nn: 1\n", R"({"m":{"x":1,"z":2},"n":1})",
       "m:\n  x: 1\n  z: 2\n\n  # more to come\n\nn: 1\n"},
  };
  for (const EditCase& one : cases) {
    const auto edited = edit_yaml(one.text, documents_of(one.wanted));
    ASSERT_TRUE(edited.ok()) << one.text << edited.error().message;
    EXPECT_EQ(*edited, one.edited) << one.text;
  }
}

TEST(EditYaml, WhatWouldBeLostIsRefused) {
  const EditCase cases[] = {
      {"a: &x 1\nb: *x\n", R"({"a":2,"b":1})", "shared by an anchor"},
      {"a: &x {n: 1}\nb: *x\n", R"({"a":{"n":1},"b":{"n":2}})", "/b: it is the alias *x"},
      {"a: &x {n: {m: 1}}\nb: {<<: *x}\n", R"({"a":{"n":{"m":1}},"b":{"n":{"m":2}}})",
       "/b/n: it comes from a merge key"},
      {"a:\n  x: 1 # why\n  y: 2\n", R"({"a":5})", "/a: a comment in it would be lost"},
      {"a: [1, # one\n  2]\n", R"({"a":5})", "/a: a comment in it would be lost"},
      {"a: | # why\n  text\n", R"({"a":5})", "/a: a comment in it would be lost"},
      {"a: {x: 1 # one\n  }\n", R"({"a":{"x":1,"y":2}})", "a comment stands before its closing"},
      {"a: 1\n", R"({"a":{"!Ref":"b"}})", "/a: a tag cannot be written"},
      {"a: 1\n", R"({"a":1,"b":[{"!Ref":"b"}]})", "a tag cannot be written"},
      {"a: !Ref b\n", R"({"a":{"!Ref":"c"}})", "/a: a tag cannot be written"},
      {"a: [1, 2]\n", R"({"a":[1]})", "/a: something would have to go"},
      {"a: {x: 1, y: 2}\n", R"({"a":{"x":2}})", "/a/y: something would have to go"},
      {"a: [1\n", R"({"a":[1]})", "not valid YAML"},
      {"a:\n- 1\nb: 2\n", R"({"a":"x","b":2})", "cannot take its place"},
  };
  for (const EditCase& one : cases) {
    const auto edited = edit_yaml(one.text, documents_of(one.wanted));
    ASSERT_FALSE(edited.ok()) << one.text << "\n" << *edited;
    EXPECT_THAT(edited.error().message, testing::HasSubstr(one.edited)) << one.text;
  }
}

TEST(EditJson, WhatIsNotMeantStays) {
  const EditCase cases[] = {
      {R"({"b": 1,  "a" : 2})", R"({"a":3,"b":1})", R"({"b": 1,  "a" : 3})"},
      {R"({"a":1})", R"({"a":1,"b":[1,{}]})", R"({"a":1,"b":[1,{}]})"},
      {"{\n  \"a\": 1\n}\n", R"({"a":1,"b":2,"c":3})",
       "{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 3\n}\n"},
      {"[1, 2]", "[1,2,3,4]", "[1, 2, 3, 4]"},
      {"[1,2]", "[1,2,3]", "[1,2,3]"},
      {"[\n 1\n]", "[1,2]", "[\n 1,\n 2\n]"},
      {"{}", R"({"a":{"b":"c"}})", R"({"a": {"b":"c"}})"},
      {"{ }", R"({"a":1})", R"({ "a": 1})"},
      {R"({"a": "x,]}\"", "b": 1})", R"({"a":"x,]}\"","b":2})", R"({"a": "x,]}\"", "b": 2})"},
      {R"({"a\u0062": [ {"c": null} ]})", R"({"ab":[{"c":1}]})", R"({"a\u0062": [ {"c": 1} ]})"},
      {"\t5 \n", "6", "\t6 \n"},
      {R"({"a": {"x": 1}})", R"({"a":[]})", R"({"a": []})"},
  };
  for (const EditCase& one : cases) {
    const auto edited = edit_json(one.text, parse_json(one.wanted).value());
    ASSERT_TRUE(edited.ok()) << one.text << edited.error().message;
    EXPECT_EQ(*edited, one.edited) << one.text;
  }
  EXPECT_FALSE(edit_json("{", Document::null()).ok());
}

// Random data, written in the ways that people write it, with comments.
std::string some_word() {
  static const std::vector<std::string> kWords = {
      "a", "bb", "x-1", "yes", "#", "it's", "5", "two words", "q\"", "line\nline", "", "\xc3\xa9"};
  return *rc::gen::elementOf(kWords);
}

Document some_document(int depth) {
  const int kind = *rc::gen::inRange(0, depth > 0 ? 6 : 4);
  if (kind == 0) return Document::number(std::to_string(*rc::gen::inRange(0, 99)));
  if (kind == 1) return Document::boolean(*rc::gen::arbitrary<bool>());
  if (kind < 4) return Document::string(some_word());
  Document out = Document::of(kind == 4 ? Kind::kList : Kind::kMap);
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
    if (kind == 4) {
      out.items.push_back(some_document(depth - 1));
    } else {
      out.members.emplace("k" + std::to_string(*rc::gen::inRange(0, 6)), some_document(depth - 1));
    }
  }
  return out;
}

class RandomYaml {
 public:
  std::string text_of(const Document& document) {
    write(document, 0);
    return out_;
  }

 private:
  void comment(int indent) {
    if (*rc::gen::inRange(0, 3) == 0) {
      out_ += std::string(static_cast<std::size_t>(indent), ' ') + "# comment " +
              std::to_string(++comments_) + "\n";
    }
    if (*rc::gen::inRange(0, 6) == 0) out_ += "\n";
  }
  std::string scalar(const Document& document) {
    if (document.kind != Kind::kString) return to_json(document);
    const bool single = document.text.find_first_of("'\n") == std::string::npos;
    return single && *rc::gen::arbitrary<bool>() ? "'" + document.text + "'" : to_json(document);
  }
  void value(const Document& document, int indent) {
    const bool block =
        (!document.items.empty() || !document.members.empty()) && *rc::gen::inRange(0, 3) > 0;
    const bool collection = document.kind == Kind::kList || document.kind == Kind::kMap;
    if (!block) {
      out_ += " " + (collection ? to_json(document) : scalar(document));
      if (*rc::gen::inRange(0, 3) == 0) out_ += "  # behind " + std::to_string(++comments_);
      out_ += "\n";
      return;
    }
    out_ += "\n";
    write(document, indent + *rc::gen::inRange(1, 4));
  }
  void write(const Document& document, int indent) {
    const std::string blanks(static_cast<std::size_t>(indent), ' ');
    for (const auto& [key, one] : document.members) {
      comment(indent);
      out_ += blanks + key + ":";
      value(one, indent);
    }
    for (const Document& one : document.items) {
      comment(indent);
      out_ += blanks + "-";
      value(one, indent);
    }
    comment(indent);
  }

  std::string out_;
  int comments_ = 0;
};

// What a declared document can make of it: values changed, members and items added.
Document changed(Document document, int depth) {
  if (*rc::gen::inRange(0, 4) == 0) return some_document(depth);
  for (auto& [key, value] : document.members) value = changed(std::move(value), depth - 1);
  for (Document& item : document.items) item = changed(std::move(item), depth - 1);
  if (*rc::gen::inRange(0, 2) == 0) {
    if (document.kind == Kind::kMap) document.members.emplace("new", some_document(1));
    if (document.kind == Kind::kList) document.items.push_back(some_document(1));
  }
  return document;
}

std::vector<std::string> comments_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    const std::size_t at = line.find("# comment") != std::string::npos ? line.find("# comment")
                                                                       : line.find("  # behind");
    if (at != std::string::npos) out.push_back(line.substr(at));
  }
  std::sort(out.begin(), out.end());
  return out;
}

RC_GTEST_PROP(EditYaml, SaysWhatIsMeantAndKeepsEveryComment, ()) {
  Document before = Document::of(Kind::kMap);
  for (int i = 0; i < 4; ++i) before.members.emplace("k" + std::to_string(i), some_document(3));
  const std::string text = RandomYaml().text_of(before);
  const auto read = parse_yaml_documents("text", text);
  RC_ASSERT(read.ok());
  RC_ASSERT(read->size() == 1U && read->front() == before);
  Document wanted = before;
  for (auto& [key, value] : wanted.members) value = changed(value, 2);
  wanted.members.emplace("last", some_document(2));
  const auto edited = edit_yaml(text, {wanted});
  RC_TAG(edited.ok());
  if (!edited.ok()) {
    RC_LOG() << text << to_json(wanted) << " " << edited.error().message;
    RC_ASSERT(edited.error().message.find("a comment") != std::string::npos ||
              edited.error().message.find("something would have to go") != std::string::npos ||
              edited.error().message.find("cannot take its place") != std::string::npos);
    return;
  }
  RC_ASSERT(parse_yaml_documents("text", *edited).value() == std::vector<Document>{wanted});
  RC_ASSERT(comments_of(*edited) == comments_of(text));
}

RC_GTEST_PROP(EditJson, SaysWhatIsMeant, ()) {
  const Document before = some_document(4);
  const Document wanted = changed(before, 3);
  const auto edited = edit_json(to_json(before), wanted);
  if (!edited.ok()) {
    RC_LOG() << to_json(before) << " " << to_json(wanted) << " " << edited.error().message;
    RC_ASSERT(edited.error().message.find("something would have to go") != std::string::npos);
    return;
  }
  RC_ASSERT(parse_json(*edited).value() == wanted);
}

}  // namespace
}  // namespace sideband::config
