// Daemons that the command line knows by name: where they are, and by what it is known there.
#pragma once

#include <map>
#include <string>

#include "base/result.h"

namespace sideband::cli {

// One daemon. Paths are absolute; a token itself is never in it.
struct ServerContext {
  std::string server;  // "https://host:9471"
  std::string ca;      // empty: who this machine believes
  std::string token_file;
  std::string certificate = {};  // of ours; empty: none
  std::string key = {};          // its key
  bool operator==(const ServerContext&) const = default;
};

// Plain values, as the file has them.
struct Contexts {
  std::string current;  // empty: the socket
  std::map<std::string, ServerContext> known;

  // kNotFound, with those that there are.
  [[nodiscard]] Result<ServerContext> find(const std::string& name) const;
};

// $XDG_CONFIG_HOME/sideband/contexts.json, or that of ~/.config (XDG Base Directory 0.8); empty
// where there is neither.
std::string contexts_path();
// None where there is no file. kInvalid: it is not what save_contexts writes. Blocks on the disk.
Result<Contexts> load_contexts(const std::string& path);
// Mode 0600, and its folder 0700. Blocks on the disk.
Result<void> save_contexts(const std::string& path, const Contexts& contexts);

}  // namespace sideband::cli
