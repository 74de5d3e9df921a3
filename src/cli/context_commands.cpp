#include "cli/context_commands.h"

#include <filesystem>
#include <functional>
#include <ostream>

#include "base/jcs.h"
#include "cli/api_client.h"
#include "cli/exit_codes.h"

namespace sideband::cli {
namespace {

int failed(const Error& error, std::ostream& err) {
  err << "sideband context: " << error.message << '\n';
  return error.code == ErrorCode::kNotFound ? static_cast<int>(kUsage)
                                            : static_cast<int>(exit_code_of(error.code));
}

Result<void> make_absolute(std::string& path) {
  if (path.empty()) return {};
  std::error_code missing;
  const auto whole = std::filesystem::canonical(path, missing);
  if (missing) return Error::invalid(path + ": " + missing.message());
  path = whole.string();
  return {};
}

// Reads the file, lets `edit` change it, and writes it.
int edit_contexts(const std::function<Result<void>(Contexts&)>& edit, std::ostream& err) {
  const std::string path = contexts_path();
  auto contexts = load_contexts(path);
  if (!contexts.ok()) return failed(contexts.error(), err);
  if (const auto edited = edit(*contexts); !edited.ok()) return failed(edited.error(), err);
  if (const auto saved = save_contexts(path, *contexts); !saved.ok()) {
    return failed(saved.error(), err);
  }
  return kOk;
}

}  // namespace

int context_add_command(const std::string& name, ServerContext context, std::ostream& out,
                        std::ostream& err) {
  const int code = edit_contexts(
      [&](Contexts& contexts) -> Result<void> {
        SB_TRY(check_server(context.server));
        SB_TRY(make_absolute(context.ca));
        SB_TRY(make_absolute(context.token_file));
        SB_TRY(make_absolute(context.certificate));
        SB_TRY(make_absolute(context.key));
        contexts.known[name] = context;
        return {};
      },
      err);
  if (code == kOk) out << name << ": " << context.server << '\n';
  return code;
}

int context_use_command(const std::string& name, std::ostream& out, std::ostream& err) {
  const int code = edit_contexts(
      [&](Contexts& contexts) -> Result<void> {
        if (!name.empty()) SB_TRY(contexts.find(name));
        contexts.current = name;
        return {};
      },
      err);
  if (code != kOk) return code;
  out << (name.empty() ? "the socket of this machine" : name) << " is asked from now on\n";
  return kOk;
}

int context_remove_command(const std::string& name, std::ostream& out, std::ostream& err) {
  bool was_current = false;
  const int code = edit_contexts(
      [&](Contexts& contexts) -> Result<void> {
        SB_TRY(contexts.find(name));
        contexts.known.erase(name);
        was_current = contexts.current == name;
        if (was_current) contexts.current.clear();
        return {};
      },
      err);
  if (code != kOk) return code;
  out << name << " is forgotten"
      << (was_current ? "; the socket of this machine is asked from now on" : "") << '\n';
  return kOk;
}

int context_list_command(bool json, std::ostream& out, std::ostream& err) {
  const auto contexts = load_contexts(contexts_path());
  if (!contexts.ok()) return failed(contexts.error(), err);
  std::vector<std::string> items;
  for (const auto& [name, context] : contexts->known) {
    const bool current = name == contexts->current;
    items.push_back(JsonObject()
                        .add("name", name)
                        .add("current", current)
                        .add("server", context.server)
                        .add("ca", context.ca)
                        .add("tokenFile", context.token_file)
                        .add("clientCert", context.certificate)
                        .add("clientKey", context.key)
                        .text());
    if (!json) out << (current ? "* " : "  ") << name << "  " << context.server << '\n';
  }
  if (json) out << json_array(items) << '\n';
  if (!json && items.empty()) {
    out << "no contexts; the socket of this machine is asked. Make one: sideband context add NAME "
           "--server https://host:9471\n";
  }
  return kOk;
}

}  // namespace sideband::cli
