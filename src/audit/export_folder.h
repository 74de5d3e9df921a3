// Where an export goes: new files in a folder that was reached without a link at its end, and that
// is no part of the daemon's own state. Whoever may ask for an export could else have the daemon
// write over any file of its user, or make a token out of a public text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace sideband {

// Used by one thread. What was begun and not kept is removed with it.
class ExportFolder {
 public:
  // Makes the folder when it is missing, mode 0700; the one above must be there. `keep_out`: a
  // folder that it must not be or lie in; empty for none. kInvalid: it is there, or no absolute
  // path, or a link; kPermission, kStorage: the system says no.
  static Result<ExportFolder> open(const std::string& path, const std::string& keep_out);
  ExportFolder(ExportFolder&&) = default;
  ExportFolder& operator=(ExportFolder&&) = delete;
  ~ExportFolder();

  // A file of it that can only be written to, in pieces.
  class File {
   public:
    Result<void> put(std::string_view bytes);
    // Hands the rest to the system.
    Result<void> finish();

   private:
    friend class ExportFolder;
    File(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
    Fd fd_;
    std::string path_;
    std::string waiting_;
  };
  // `name` may have folders of its own before it ("tile/0/000"), which are made where they are
  // missing, mode 0700, and never followed where they are links. kConflict: there is something of
  // that name already, which stays as it is.
  Result<File> create(const std::string& name);
  // All of it is written.
  void keep() { made_.clear(); }

 private:
  struct Made {
    std::string name;
    bool is_folder;
  };
  explicit ExportFolder(std::string path) : path_(std::move(path)) {}
  Result<Fd> room_of(const std::string& name);

  std::string path_;
  Fd folder_;
  std::vector<Made> made_;
};

}  // namespace sideband
