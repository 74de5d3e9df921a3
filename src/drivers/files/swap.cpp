#include "drivers/files/swap.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cerrno>

#include "drivers/files/temp.h"
#include "drivers/judge.h"

namespace sideband {
namespace {

// A busy writer and ours take turns at the folder's lock, so dozens of rounds happen; each takes
// some microseconds.
constexpr int kMaxRounds = 1000;

constexpr const char* kOtherState = "the target holds another state than the one judged";

// A file that stays itself: while it is open, no other file can get its inode number.
struct Held {
  Fd fd;
  [[nodiscard]] bool is(const Held& other) const {
    struct stat mine {
    }, theirs{};
    return fstat(fd.get(), &mine) == 0 && fstat(other.fd.get(), &theirs) == 0 &&
           mine.st_ino == theirs.st_ino && mine.st_dev == theirs.st_dev;
  }
};

// One change on its way: the place, and the temporary file beside it.
class Swap {
 public:
  Swap(const Place& place, const Change& change, const SwapOptions& options, std::string temp,
       WallTime now)
      : folder_(place.folder.get()),
        name_(place.name),
        change_(change),
        options_(options),
        temp_(std::move(temp)),
        now_(now) {}

  ChangeOutcome run();

 private:
  ChangeOutcome create();
  ChangeOutcome update(const FileView& current);
  ChangeOutcome erase();
  ChangeOutcome verify_displaced(Held placed, const FileAttributes& kept);
  ChangeOutcome take_back(Held placed, const std::string& why);
  int place_new() const;
  ChangeOutcome put_back_erased(const std::string& why);
  ChangeOutcome replace_checked(const FileAttributes& kept);
  ChangeOutcome finish(ChangeOutcome outcome);
  ChangeOutcome stranded(int number) const;

  [[nodiscard]] FileView view(const std::string& name) const {
    return view_file(folder_, name, options_.max_size, options_.observed);
  }
  int move(const std::string& from, const std::string& to, unsigned flags) const {
    return renameat2(folder_, from.c_str(), folder_, to.c_str(), flags);
  }
  [[nodiscard]] Held hold(const std::string& name) const {
    return {Fd(openat(folder_, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC))};
  }
  // Empty where nobody writes the file that was found.
  [[nodiscard]] std::string doubt(const FileView& view) const {
    if (!view.state.present()) return "";
    const std::string why = options_.settling.doubt(view.file.get(), now_);
    return why.empty() ? why : "the file " + why;
  }
  // The same of the file that has no other name than `temp_` any more. Asked before its content is
  // read: whoever is not seen here cannot open it after that.
  [[nodiscard]] std::string doubt_of_displaced() const {
    const Fd file = open_file(folder_, temp_);
    const std::string why =
        file.valid() ? options_.settling.doubt(file.get(), now_) : "cannot be opened any more";
    return why.empty() ? why : "the file " + why;
  }
  void reached(std::string_view point) const {
    if (options_.at) options_.at(point);
  }

  int folder_;
  const std::string& name_;
  const Change& change_;
  const SwapOptions& options_;
  std::string temp_;
  WallTime now_;
};

ChangeOutcome failed_with(int number, std::string_view what) {
  return failed(errno_error(number, what));
}

// Somebody may have set an ACL or a mode after they were copied.
bool has_attributes(const FileView& view, const FileAttributes& kept) {
  const auto now = read_attributes(view.file.get());
  return now.ok() && *now == kept;
}

ChangeOutcome Swap::run() {
  const FileView current = view(name_);
  if (auto settled = judge(change_, current.state)) return *settled;
  if (const std::string why = doubt(current); !why.empty()) return refused(why);
  if (change_.op == ChangeOp::kDelete) return erase();
  return change_.op == ChangeOp::kCreate ? create() : update(current);
}

// Drops the temporary file and makes the folder's entries durable. Where nothing was done its own
// reason counts: a temporary file that stays is removed by a later change.
ChangeOutcome Swap::finish(ChangeOutcome outcome) {
  const bool stays = unlinkat(folder_, temp_.c_str(), 0) != 0 && errno != ENOENT;
  if (stays && outcome.outcome == Outcome::kChanged) {
    return unknown_outcome("the temporary file '" + temp_ + "' could not be removed");
  }
  if (outcome.outcome == Outcome::kChanged && change_.want.present()) {
    if (const Held ours = hold(name_); ours.fd.valid())
      options_.settling.wrote(ours.fd.get(), now_);
  }
  if (outcome.outcome == Outcome::kChanged && fsync(folder_) != 0) {
    return unknown_outcome("the folder could not be made durable");
  }
  return outcome;
}

// Gives the temporary file its real name unless something has that name; 0 or an errno.
int Swap::place_new() const {
  if (move(temp_, name_, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  return linkat(folder_, temp_.c_str(), folder_, name_.c_str(), 0) == 0 ? 0 : errno;
}

ChangeOutcome Swap::create() {
  auto staged = write_new_temp(folder_, temp_, change_.want.bytes, options_.new_mode,
                               change_.want.attributes);
  if (!staged) return finish(failed(staged.error()));
  *staged = Fd();
  reached("staged");
  const int number = place_new();
  if (number == 0) return finish(changed());
  if (number != EEXIST) return finish(failed_with(number, "creating the file"));
  const auto settled = judge(change_, view(name_).state);
  return finish(settled.value_or(refused("the file appeared and vanished meanwhile")));
}

ChangeOutcome Swap::update(const FileView& current) {
  const auto attributes = read_attributes(current.file.get());
  if (!attributes) return failed(attributes.error());
  const auto wanted = with_observed(*attributes, change_.want.attributes);
  if (!wanted) return failed(wanted.error());
  auto staged = write_temp(folder_, temp_, change_.want.bytes, *wanted);
  if (!staged) return finish(failed(staged.error()));
  Held placed = hold(temp_);
  // What wrote it is closed: a reader would take that for somebody who still writes.
  *staged = Fd();
  reached("staged");
  if (!options_.exchange) return replace_checked(*attributes);
  if (const std::string why = doubt(current); !why.empty()) return finish(refused(why));
  if (!placed.fd.valid()) return finish(failed_with(errno, "opening the temporary file"));
  reached("asked");
  if (move(temp_, name_, RENAME_EXCHANGE) != 0) {
    if (errno == ENOENT) return finish(refused("the target no longer holds it"));
    return finish(failed_with(errno, "exchanging the file"));
  }
  reached("exchanged");
  return verify_displaced(std::move(placed), *attributes);
}

ChangeOutcome Swap::verify_displaced(Held placed, const FileAttributes& kept) {
  const std::string why = doubt_of_displaced();
  const FileView displaced = view(temp_);
  const bool as_judged = displaced.state.same_as(change_.found) && has_attributes(displaced, kept);
  if (why.empty() && as_judged) return finish(changed());
  const ChangeOutcome back = take_back(std::move(placed), as_judged ? why : kOtherState);
  const bool was_there = back.outcome == Outcome::kRefused && displaced.state.same_as(change_.want);
  return was_there ? already_there() : back;
}

// Puts back what our exchange displaced. If the file that comes out is not the one we had put in,
// somebody wrote meanwhile: theirs is the newest and goes back in turn.
ChangeOutcome Swap::take_back(Held placed, const std::string& why) {
  for (int round = 0; round < kMaxRounds; ++round) {
    Held going_in = hold(temp_);
    if (!going_in.fd.valid()) return stranded(errno);
    if (move(temp_, name_, RENAME_EXCHANGE) != 0) {
      if (errno != ENOENT) return stranded(errno);
      return finish(refused("the file was changed and then deleted by somebody else"));
    }
    reached("taken_back");
    const Held came_out = hold(temp_);
    if (!came_out.fd.valid()) return stranded(errno);
    if (came_out.is(placed)) return finish(refused(why));
    placed = std::move(going_in);
  }
  return stranded(EBUSY);
}

ChangeOutcome Swap::stranded(int number) const {
  return unknown_outcome("another writer's content could not be put back and is kept in '" + temp_ +
                         "' beside the file: " + errno_error(number, "exchanging back").message);
}

// Without RENAME_EXCHANGE: look once more, then replace. A write between the two is lost.
ChangeOutcome Swap::replace_checked(const FileAttributes& kept) {
  const FileView current = view(name_);
  if (auto settled = judge(change_, current.state)) return finish(*settled);
  if (!has_attributes(current, kept)) return finish(refused(kOtherState));
  if (const std::string why = doubt(current); !why.empty()) return finish(refused(why));
  if (renameat(folder_, temp_.c_str(), folder_, name_.c_str()) != 0) {
    return finish(failed_with(errno, "replacing the file"));
  }
  return finish(changed());
}

ChangeOutcome Swap::erase() {
  if (renameat(folder_, name_.c_str(), folder_, temp_.c_str()) != 0) {
    if (errno == ENOENT) return already_there();
    return failed_with(errno, "deleting the file");
  }
  reached("moved_away");
  const std::string why = doubt_of_displaced();
  const bool as_judged = view(temp_).state.same_as(change_.found);
  if (why.empty() && as_judged) return finish(changed());
  return put_back_erased(as_judged ? why : kOtherState);
}

// Never replaces: a file that somebody made meanwhile stays.
ChangeOutcome Swap::put_back_erased(const std::string& why) {
  const int number = place_new();
  if (number != 0) return stranded(number);
  return finish(refused(why));
}

}  // namespace

ChangeOutcome swap_file(const Place& place, const Change& change, const SwapOptions& options,
                        Random& random, WallTime now) {
  return Swap(place, change, options, temp_name(change, random, now), now).run();
}

}  // namespace sideband
