#include "checkup/served_look.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "checkup/haproxy_config.h"
#include "checkup/nginx_config.h"
#include "checkup/nginx_process.h"
#include "checkup/served_certificate.h"
#include "checkup/service_config.h"
#include "checkup/words.h"

namespace sideband::scan {
namespace {

constexpr std::size_t kMaxListeners = 200;

class ServedLook {
 public:
  ServedLook(Look& look, std::string server, std::string reload)
      : look_(look), server_(std::move(server)), reload_(std::move(reload)) {}

  void compare(const TlsListener& listener) {
    std::vector<Certificate> leaves;
    for (const std::string& file : listener.files) {
      const auto bytes = look_.tree.read(file, kMaxConfig);
      const auto found = bytes.ok() ? read_certificates(*bytes) : bytes.error();
      // What is wrong with the file is told where files are looked at.
      if (found.ok() && !found->empty()) leaves.push_back(found->front());
    }
    if (leaves.empty()) return;
    // Not all of what is left: a server that hangs must not cost the others their turn.
    const Deadline soon(look_.clock(), look_.deadline.left() / 4);
    const auto served = served_certificate(listener, soon);
    if (!served.ok()) {
      return look_.notes.gap("what is served at " + listener.place(), served.error().message);
    }
    look_.notes.looked();
    const bool same = std::any_of(leaves.begin(), leaves.end(), [&](const Certificate& leaf) {
      return leaf.fingerprint == served->fingerprint;
    });
    // Most servers listen at several addresses with the same files.
    const bool told = !told_.insert(listener.files[0] + " " + served->fingerprint).second;
    if (!same && !told) report(listener, leaves, *served);
  }

 private:
  // A command only where the file is the served one's renewal, to which names may have been added.
  // Else somebody else may answer there, or the file may be the wrong one.
  void report(const TlsListener& listener, const std::vector<Certificate>& leaves,
              const Certificate& served) {
    const bool renewed = std::any_of(leaves.begin(), leaves.end(), [&](const Certificate& leaf) {
      return leaf.name == served.name && leaf.not_after > served.not_after;
    });
    Finding finding;
    finding.where = listener.files[0];
    const std::string end = format_time(served.not_after).substr(0, 10);
    if (renewed) {
      finding.what = fmt::format(
          "was renewed, but {} at {} still serves the one for {} until {}; a reload takes all of "
          "its configuration",
          server_, listener.place(), served.name, end);
      finding.with = reload_;
      if (!reload_.empty()) finding.remedy = Remedy::kByHand;
    } else {
      finding.what = fmt::format(
          "is not what {} shows at {}: one for {} until {}; does another server answer there?",
          server_, listener.place(), served.name, end);
    }
    look_.notes.found(std::move(finding));
  }

  Look& look_;
  std::string server_;
  std::string reload_;
  std::set<std::string> told_;
};

void compare_all(Look& look, const Process& process, const std::string& reload,
                 const std::vector<TlsListener>& listeners) {
  const std::string server = process.name + " (process " + std::to_string(process.pid) + ")";
  ServedLook served(look, server, reload);
  std::size_t count = 0;
  for (const TlsListener& listener : listeners) {
    if (look.deadline.passed()) return look.notes.gap("more of " + server, "no time was left");
    if (++count > kMaxListeners) return look.notes.gap("more of " + server, "too many listeners");
    served.compare(listener);
  }
}

void compare_nginx(Look& look, const Process& master) {
  const std::string main = nginx_main_file(master);
  const std::string folder = folder_of(main);
  std::vector<Gap> gaps;
  const auto listeners =
      nginx_tls_listeners(read_nginx_config(look.tree, main, folder), folder, gaps);
  for (const Gap& gap : gaps) look.notes.gap(gap.what, gap.why);
  compare_all(look, master, reload_command(master, "nginx", "HUP"), listeners);
}

void compare_haproxy(Look& look, const Process& process) {
  std::vector<Gap> gaps;
  const auto listeners = haproxy_tls_listeners(look.tree, haproxy_files(process, look.tree), gaps);
  for (const Gap& gap : gaps) look.notes.gap(gap.what, gap.why);
  compare_all(look, process, haproxy_reload(process), listeners);
}

}  // namespace

void look_at_served(Look& look, const std::vector<Process>& processes) {
  for (const Process& process : processes) {
    if (process.other_root) continue;
    if (is_nginx_master(process, processes)) compare_nginx(look, process);
    if (is_haproxy_main(process, processes)) compare_haproxy(look, process);
  }
}

}  // namespace sideband::scan
