#include "e2e/openapi_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "e2e/daemon.h"

namespace sideband::e2e {
namespace {

const Json& document() {
  static const Json kDocument = [] {
    Command command;
    command.argv = {binary(), "schema", "--openapi"};
    return Json::parse(run_to_end(std::move(command)).out);
  }();
  return kDocument;
}

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  std::istringstream in(path.substr(0, path.find('?')));
  for (std::string part; std::getline(in, part, '/');) parts.push_back(part);
  return parts;
}

// The operation that answers, or null.
const Json* operation_of(std::string method, const std::string& path) {
  std::transform(method.begin(), method.end(), method.begin(), ::tolower);
  const auto parts = parts_of(path);
  for (const auto& [pattern, item] : document()["paths"].items()) {
    const auto wanted = parts_of(pattern);
    const bool fits = std::equal(wanted.begin(), wanted.end(), parts.begin(), parts.end(),
                                 [](const std::string& want, const std::string& part) {
                                   return want == part || want.starts_with('{');
                                 });
    if (fits && item.contains(method)) return &item[method];
  }
  return nullptr;
}

class Checker {
 public:
  // What is wrong first, with its place; empty when nothing is.
  std::string check(const Json& schema, const Json& value) {
    wrong_.clear();
    look(schema, value, "");
    return wrong_;
  }

 private:
  void fail(const std::string& where, const std::string& why) {
    if (wrong_.empty()) wrong_ = (where.empty() ? "the answer" : where) + ": " + why;
  }

  void look(const Json& schema, const Json& value, const std::string& where) {
    if (schema.contains("$ref")) {
      const std::string name = schema["$ref"];
      return look(document()["components"]["schemas"][name.substr(name.rfind('/') + 1)], value,
                  where);
    }
    if (schema.contains("anyOf")) return look_any(schema["anyOf"], value, where);
    const std::string type = schema.value("type", "");
    const bool fits =
        type.empty() || (type == "string" && value.is_string()) ||
        (type == "integer" && value.is_number_integer()) ||
        (type == "number" && value.is_number()) || (type == "boolean" && value.is_boolean()) ||
        (type == "array" && value.is_array()) || (type == "object" && value.is_object());
    if (!fits) return fail(where, "not a " + type + ": " + value.dump().substr(0, 200));
    if (type == "array") {
      for (const Json& item : value) look(schema["items"], item, where + "[]");
    }
    if (type == "object" && schema.contains("properties")) look_members(schema, value, where);
  }

  void look_any(const Json& choices, const Json& value, const std::string& where) {
    std::string said;
    for (const Json& choice : choices) {
      const std::string wrong = Checker().check(choice, value);
      if (wrong.empty()) return;
      said += wrong + "; ";
    }
    fail(where, said);
  }

  void look_members(const Json& schema, const Json& value, const std::string& where) {
    const Json& members = schema["properties"];
    for (const Json& name : schema.value("required", Json::array())) {
      if (!value.contains(name)) fail(where, "misses " + name.get<std::string>());
    }
    for (const auto& [name, member] : value.items()) {
      if (!members.contains(name)) {
        fail(where + "." + name, "is not in the document");
      } else {
        look(members[name], member, where + "." + name);
      }
    }
  }

  std::string wrong_;
};

const Json* schema_of(const Json& operation, int status) {
  const std::string exact = std::to_string(status), range = exact.substr(0, 1) + "XX";
  const Json& answers = operation["responses"];
  for (const std::string& name : {exact, range}) {
    if (answers.contains(name)) return &answers[name]["content"];
  }
  return nullptr;
}

}  // namespace

void expect_as_documented(const std::string& method, const std::string& path,
                          const HttpAnswer& answer) {
  static const Json kProblem = {{"$ref", "#/components/schemas/Problem"}};
  if (answer.body.empty() || answer.body.front() != '{') return;
  const Json body = Json::parse(answer.body);
  const std::string where = method + " " + path + " " + std::to_string(answer.status);
  const Json* const operation = operation_of(method, path);
  if (operation == nullptr) {
    EXPECT_EQ(Checker().check(kProblem, body), "") << where;
    return;
  }
  const Json* const content = schema_of(*operation, answer.status);
  ASSERT_NE(content, nullptr) << where << " is not in the document";
  EXPECT_EQ(Checker().check(content->begin().value()["schema"], body), "") << where;
}

}  // namespace sideband::e2e
