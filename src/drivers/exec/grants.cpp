#include "drivers/exec/grants.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>

#include "drivers/file_access.h"
#include "process/command_request.h"

namespace sideband {
namespace {

std::string name_of(uid_t uid) {
  const passwd* entry = ::getpwuid(uid);
  return entry == nullptr ? std::to_string(uid) : std::string(entry->pw_name);
}

// By the bits of the file; other groups than the user's first one are not looked at.
bool may_execute(const struct stat& file, const ChildUser& user) {
  if (user.uid == 0) return (file.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
  if (file.st_uid == user.uid) return (file.st_mode & S_IXUSR) != 0;
  if (file.st_gid == user.gid) return (file.st_mode & S_IXGRP) != 0;
  return (file.st_mode & S_IXOTH) != 0;
}

void add_command(GrantReport& report, const std::string& path, const ChildUser& user) {
  struct stat file {};
  const bool there = ::stat(path.c_str(), &file) == 0 && S_ISREG(file.st_mode);
  report.add_told("a command " + path, true, there, "install it, or correct connect.commands", "");
  if (!there) return;
  const bool ours = user.uid == ::geteuid();
  const bool good = ours ? ::access(path.c_str(), X_OK) == 0 : may_execute(file, user);
  report.add("EXECUTE on " + path, true, good, "chmod a+x " + shell_word(path), "");
}

// Whom the commands run as; nothing where the system does not know that user.
std::optional<ChildUser> add_user(GrantReport& report, const std::string& name) {
  const ChildUser ours{::geteuid(), ::getegid()};
  if (name.empty()) return ours;
  const auto user = find_user(name);
  report.add("a user " + name, true, user.ok(), "adduser --system " + shell_word(name), "");
  if (!user.ok()) return std::nullopt;
  if (user->uid == ours.uid) return *user;
  report.add_told("changing to user " + name, true, ours.uid == 0,
                  "run sideband as root, or as " + name + " without connect.user", "");
  return *user;
}

// Whom the commands run as at a runner; nothing where none answers.
std::optional<ChildUser> add_runner(GrantReport& report, const std::string& socket) {
  const auto link = connect_to_runner(socket);
  const auto user = link.ok() ? user_at(link->get()) : Result<ChildUser>(link.error());
  report.add_told("a command runner at " + socket, true, user.ok(),
                  "sideband run-commands --listen " + shell_word(socket) + " --for " +
                      shell_word(name_of(::geteuid())),
                  "");
  if (!user.ok()) return std::nullopt;
  report.identity = name_of(user->uid);
  return *user;
}

}  // namespace

GrantReport exec_grants(const ExecTarget& target) {
  GrantReport report;
  report.identity = target.user.empty() ? name_of(::geteuid()) : target.user;
  const auto user =
      target.runner.empty() ? add_user(report, target.user) : add_runner(report, target.runner);
  if (user) {
    for (const std::string& path : target.commands) add_command(report, path, *user);
  }
  struct stat folder {};
  const bool there = ::stat(target.directory.c_str(), &folder) == 0 && S_ISDIR(folder.st_mode);
  report.add("a folder " + target.directory, true, there,
             "mkdir -p " + shell_word(target.directory), "");
  return report;
}

}  // namespace sideband
