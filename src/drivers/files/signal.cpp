#include "drivers/files/signal.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "drivers/files/place.h"
#include "drivers/signal_value.h"

namespace sideband {

Result<FileMeasure> parse_file_signal(const TargetSettings& target, const DriverOptions& options,
                                      config::OptionFaults* faults) {
  const OptionReader reader(options, "signal on " + target.name, faults);
  SB_ASSIGN(const std::string what, only_one_of(reader, {"age", "size"}));
  FileMeasure out{what == "age", reader.text_or(what, "")};
  if (const auto clean = check_path_key(out.path); !clean) {
    return reader.wrong(what, clean.error().message);
  }
  return out;
}

config::SignalKind file_signal_kind() {
  return {
      .word = "file",
      .doc = "How old or how large a file is.",
      .fields = {{.key = "age", .doc = "A file below the root: the time since it was written."},
                 {.key = "size", .doc = "A file below the root: its bytes."}},
      .unit =
          [](const DriverOptions& options) {
            return options.contains("age") ? config::SignalUnit::kSeconds
                                           : config::SignalUnit::kBytes;
          },
      .check =
          [](const TargetSettings& target, const DriverOptions& options,
             config::OptionFaults& faults) { (void)parse_file_signal(target, options, &faults); }};
}

Result<double> FileSignal::measure(WallTime now) const {
  SB_ASSIGN(const Fd root, open_root(root_));
  SB_ASSIGN(const Place place, open_place(root.get(), measure_.path, MissingFolders::kFail));
  struct stat seen {};
  if (::fstatat(place.folder.get(), place.name.c_str(), &seen, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno_error(errno, "'" + measure_.path + "'");
  }
  if (!S_ISREG(seen.st_mode)) return no_reading("'" + measure_.path + "' is no regular file");
  if (!measure_.age) return static_cast<double>(seen.st_size);
  const WallTime written = from_us(seen.st_mtim.tv_sec * 1'000'000 + seen.st_mtim.tv_nsec / 1000);
  if (written > now) return no_reading("'" + measure_.path + "' was written in the future");
  return static_cast<double>((now - written).count()) / 1e6;
}

Result<SignalReading> FileSignal::read(Duration /*timeout*/) {
  SignalReading reading;
  reading.measured_at = clock_.wall();
  const auto value = measure(reading.measured_at);
  if (!value) return value.error().in("target " + target_);
  reading.value = *value;
  return reading;
}

}  // namespace sideband
