// Where a key's file is: a checked relative path, walked from the root without following a link.
//
// All functions may block on the disk. No lookup leaves the root: each folder is opened by its name
// in the one before with O_NOFOLLOW, and `..` is never a name.
#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace sideband {

// Our temporary files: ".sideband-<uuid>-<want>-<found>~", the digests shortened to 16 hex digits.
inline constexpr std::string_view kTempPrefix = ".sideband-";
bool is_temp_name(std::string_view name);

// kInvalid unless `key` is a clean relative path: no empty name, `.`, `..`, NUL, leading or
// trailing slash, nothing too long, and no name that our temporary files use.
Result<void> check_path_key(std::string_view key);

struct Place {
  Fd folder;
  std::string name;
};

// The root itself may be reached by links: its path is configuration, not data. kUnavailable where
// it does not exist, kPermission where it cannot be opened.
Result<Fd> open_root(const std::string& root);

// What to run so that this process may read and change what is below `root`.
std::string grant_for(const std::string& root);

enum class MissingFolders { kFail, kMake };

// The folder of `key` and the file's name in it. kNotFound where a folder is missing, kConflict
// where something else than a folder is in the way (a link above all). kMake makes folders with
// mode 0755.
Result<Place> open_place(int root, std::string_view key, MissingFolders missing);

// `name` in `folder` as a folder of its own; errors as open_place.
Result<Fd> open_folder(int folder, const std::string& name);

// An error for errno after an operation on `what`: EACCES and EPERM are kPermission with
// Retry::kPerson; a full disk or quota, and one that is mounted read-only, Retry::kWhenReady.
Error errno_error(int number, std::string_view what);

}  // namespace sideband
