// Copies of an embedded store: a consistent one of a store at work, and what a copy needs before it
// can be a store again.
#pragma once

#include <string>

#include "base/result.h"

namespace sideband {

// Copies the database `from` into the new file `to`, mode 0600, by VACUUM INTO
// (https://www.sqlite.org/lang_vacuum.html): one read snapshot, during which writers go on and the
// write-ahead log grows. `to` must be absolute, its folder is reached without following links, and
// nothing may have its name. The copy is written beside it as a hidden ".NAME.part" and gets its
// name when it is durable, so that a file with that name is whole. Blocks; call it once at a time
// for one `to`. Returns the bytes. kInvalid, kConflict (the name is taken), kPermission;
// kUnavailable when the disk is full: nothing of it is left then.
Result<std::int64_t> backup_sqlite(const std::string& from, const std::string& to);

// Copies a file byte by byte into a new one, durable, mode 0600. Errors as above.
Result<void> copy_store_file(const std::string& from, const std::string& to);

// kCorrupt unless the file is a whole SQLite database with the tables of a store.
Result<void> check_store_file(const std::string& path);

// Folds the write-ahead log of a closed store into its file, so that the file alone is the store.
Result<void> fold_log(const std::string& path);

}  // namespace sideband
