#include "cel/function_table.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "cel/functions/specs.h"

namespace sideband::cel {
namespace {

struct FunctionTable {
  std::map<std::string, Overloads, std::less<>> overloads;
  std::set<std::string, std::less<>> functions, members;
};

std::string key_of(std::string_view name, bool member, std::size_t args) {
  return fmt::format("{}{}/{}", member ? "." : "", name, args);
}

FunctionTable make_table() {
  FunctionTable table;
  for (const auto& group : {operator_functions(), conversion_functions(), string_functions(),
                            text_functions(), list_functions(), set_functions(), math_functions(),
                            time_functions(), optional_functions(), wrapper_functions()}) {
    for (const FunctionSpec& spec : group) {
      const auto args = spec.overload.params.size();
      table.overloads[key_of(spec.name, spec.member, args)].push_back(spec.overload);
      (spec.member ? table.members : table.functions).emplace(spec.name);
    }
  }
  return table;
}

const FunctionTable& function_table() {
  static const FunctionTable kTable = make_table();
  return kTable;
}

}  // namespace

const Overloads* find_overloads(std::string_view name, bool member, std::size_t args) {
  const auto& all = function_table().overloads;
  const auto at = all.find(key_of(name, member, args));
  return at == all.end() ? nullptr : &at->second;
}

std::vector<std::string> function_names(bool member) {
  const auto& names = member ? function_table().members : function_table().functions;
  return {names.begin(), names.end()};
}

bool is_function(std::string_view name, bool member) {
  const auto& names = member ? function_table().members : function_table().functions;
  return names.find(name) != names.end();
}

}  // namespace sideband::cel
