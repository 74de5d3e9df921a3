// What a file has besides its content: mode, owner, ACL and the other extended attributes.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>

#include "base/result.h"

namespace sideband {

struct FileAttributes {
  mode_t mode = 0;  // permissions with the set-user-id, set-group-id and sticky bits
  uid_t uid = 0;
  gid_t gid = 0;
  // By name, as xattr(7) has them; the ACL is `system.posix_acl_access`. Without those that the
  // kernel computes from the content (`security.ima`, `security.evm`), and without `trusted.*`
  // where this process may not see them.
  std::map<std::string, std::string> extended = {};

  bool operator==(const FileAttributes& other) const = default;
};

// Of an open file. One that is listed and cannot be read is an error with its name. Blocks on the
// disk.
Result<FileAttributes> read_attributes(int fd);

// With another mode; the entries of an ACL that the mode stands for follow it, as with chmod(2).
FileAttributes with_mode(FileAttributes attributes, mode_t mode);

// Gives an open file, which this process owns, exactly these attributes, and reads them again: what
// it would have beside them, as the ACL that a folder hands down, is removed. An error names the
// attribute and what is needed for it; the file may have some of them then. To be called after
// the content was written, because a write takes file capabilities away. Not durable by itself.
Result<void> give_attributes(int fd, const FileAttributes& wanted);

}  // namespace sideband
