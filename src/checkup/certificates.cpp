// Certificates that expired or soon will: in the usual folders, and where nginx and PostgreSQL are
// told to find theirs. The roots that the distribution brings are not reported.
#include <fmt/format.h>

#include <map>
#include <set>

#include "base/units.h"
#include "checkup/haproxy_config.h"
#include "checkup/look.h"
#include "checkup/nginx_config.h"
#include "checkup/nginx_process.h"
#include "checkup/postgres_config.h"
#include "checkup/processes.h"
#include "checkup/served_look.h"
#include "checkup/service_config.h"
#include "checkup/words.h"
#include "checkup/x509.h"

namespace sideband::scan {
namespace {

constexpr int kFolderDepth = 6;
// More of them in one file are a bundle of authorities and not somebody's chain.
constexpr std::size_t kMaxOfAChain = 20;

const std::vector<std::string>& usual_folders() {
  static const std::vector<std::string> kFolders = {
      "/etc/ssl/private", "/etc/nginx",      "/etc/letsencrypt/live",
      "/etc/postgresql",  "/etc/apache2",    "/etc/haproxy",
      "/etc/redis",       "/etc/rabbitmq",   "/etc/postfix",
      "/etc/dovecot",     "/etc/ldap",       "/etc/sideband",
      "/etc/mysql",       "/etc/prometheus", "/usr/local/share/ca-certificates"};
  return kFolders;
}

bool is_certificate_name(const std::string& path) {
  for (const char* end : {".pem", ".crt", ".cer", ".cert", ".chain", ".der"}) {
    if (path.ends_with(end)) return true;
  }
  return false;
}

struct Seen {
  Certificate certificate;
  std::vector<std::string> files;
};

class CertificateProbe {
 public:
  explicit CertificateProbe(Look& look) : look_(look) {}

  void run() {
    for (const std::string& folder : usual_folders()) add_folder(folder, kFolderDepth, true);
    // Links in here lead to the distribution's roots; what is no link was put here by somebody.
    add_folder("/etc/ssl/certs", 1, false);
    if (look_.tree.is_this_machine()) processes_ = read_processes(look_.tree, look_.clock());
    add_named_by_nginx();
    add_named_by_haproxy();
    add_named_by_postgres();
    for (const std::string& path : files_) {
      if (look_.deadline.passed()) return look_.notes.gap("more files", "no time was left");
      read(path);
    }
    if (unreadable_ > 0) {
      look_.notes.gap(counted(unreadable_, "path"), "not readable for this user");
    }
    for (const auto& [fingerprint, seen] : seen_) judge(seen);
    look_at_served(look_, processes_);
  }

 private:
  void add_folder(const std::string& folder, int depth, bool links) {
    look_.tree.walk(
        folder, depth,
        [&](const std::string& path, FileKind kind) {
          const bool wanted = kind == FileKind::kRegular || (links && kind == FileKind::kLink);
          const bool bundle = path == "/etc/ssl/certs/ca-certificates.crt";
          if (wanted && !bundle && is_certificate_name(path)) files_.insert(path);
          return !look_.deadline.passed();
        },
        [&](const std::string& path, const Error& error) { trouble(path, error); });
  }

  // The usual configuration, and those that running servers were started with.
  void add_named_by_nginx() {
    std::set<std::string> mains;
    if (look_.tree.info(kUsualNginxConfig).ok()) mains.insert(kUsualNginxConfig);
    std::int64_t contained = 0;
    for (const Process& process : processes_) {
      if (!is_nginx_master(process, processes_)) continue;
      if (process.other_root) ++contained;
      if (!process.other_root) mains.insert(nginx_main_file(process));
    }
    for (const std::string& main : mains) add_named_by_nginx(main);
    if (contained == 0) return;
    look_.notes.gap(counted(contained, "nginx server"), "in containers, with files of their own");
  }

  void add_named_by_nginx(const std::string& main) {
    const std::string folder = folder_of(main);
    const auto config = read_nginx_config(look_.tree, main, folder);
    for (const NginxDirective& directive : config.directives) {
      const bool names = directive.name.ends_with("ssl_certificate") ||
                         directive.name.ends_with("ssl_trusted_certificate") ||
                         directive.name.ends_with("ssl_client_certificate");
      if (names && directive.arguments.size() == 1) {
        add_named(directive.arguments[0], folder, "nginx");
      }
    }
    for (const Gap& gap : config.gaps) look_.notes.gap(gap.what, gap.why);
  }

  void add_named_by_haproxy() {
    for (const Process& process : processes_) {
      if (process.other_root || !is_haproxy_main(process, processes_)) continue;
      for (const std::string& path : haproxy_files(process, look_.tree)) {
        const auto text = look_.tree.read(path, kMaxConfig);
        if (!text.ok()) trouble(path, text.error());
        for (const HaproxyBind& bind : parse_haproxy_binds(text.ok() ? *text : "")) {
          for (const std::string& named : bind.files) add_named_or_folder(named);
        }
      }
    }
  }

  void add_named_or_folder(const std::string& path) {
    const auto info = look_.tree.info(path);
    const bool folder = info.ok() && info->kind == FileKind::kFolder;
    return folder ? add_folder(path, 1, true) : add_named(path, "/", "haproxy");
  }

  void add_named_by_postgres() {
    for (const std::string& path : look_.tree.glob("/etc/postgresql/*/*/postgresql.conf")) {
      const auto text = look_.tree.read(path, kMaxConfig);
      if (!text.ok()) {
        trouble(path, text.error());
        continue;
      }
      const auto settings = parse_postgres_config(*text);
      const auto value = [&](const char* name, const std::string& fallback) {
        const auto found = settings.find(name);
        return found == settings.end() ? fallback : found->second;
      };
      const std::string ssl = value("ssl", "off");
      if (ssl != "on" && ssl != "true" && ssl != "yes" && ssl != "1") continue;
      const std::string data = value("data_directory", folder_of(path));
      add_named(value("ssl_cert_file", "server.crt"), data, path);
    }
  }

  void add_named(const std::string& name, const std::string& folder, const std::string& by) {
    if (name.find('$') != std::string::npos || name.starts_with("data:") ||
        name.starts_with("engine:")) {
      return look_.notes.gap(name, "named by " + by + " in a way that only it can follow");
    }
    const std::string path = absolute_path(name, folder);
    if (path == "/etc/ssl/certs/ca-certificates.crt") return;
    files_.insert(path);
    named_.insert(path);
  }

  void trouble(const std::string& path, const Error& error) {
    // Whoever removed a file between listing and reading has answered the question.
    const bool gone = error.code == ErrorCode::kNotFound && named_.count(path) == 0;
    if (gone) return;
    if (error.code == ErrorCode::kPermission && named_.count(path) == 0) {
      ++unreadable_;
    } else {
      look_.notes.gap(path, error.message);
    }
  }

  void read(const std::string& path) {
    const auto bytes = look_.tree.read(path, kMaxConfig);
    if (!bytes.ok()) return trouble(path, bytes.error());
    const auto found = read_certificates(*bytes);
    if (!found.ok()) return look_.notes.gap(path, found.error().message);
    if (found->empty()) return;
    look_.notes.looked();
    if (found->size() > kMaxOfAChain) return;
    for (const Certificate& certificate : *found) {
      Seen& seen = seen_[certificate.fingerprint];
      seen.certificate = certificate;
      if (seen.files.empty() || seen.files.back() != path) seen.files.push_back(path);
      Certificate& newest = newest_[certificate.subject];
      if (certificate.not_after > newest.not_after) {
        newest = certificate;
        newest_file_[certificate.subject] = path;
      }
    }
  }

  void judge(const Seen& seen) {
    const WallTime now = look_.clock().wall();
    const WallTime end = seen.certificate.not_after;
    if (end > now + look_.within) return;
    const std::string name = "certificate for " + seen.certificate.name;
    Finding finding;
    finding.where = seen.files[0];
    if (end <= now) {
      finding.what = name + " expired";
      finding.since = end;
    } else {
      const auto left = std::chrono::duration_cast<std::chrono::hours>(end - now).count();
      finding.what = left < 48 ? fmt::format("{} expires in {}", name, counted(left, "hour"))
                               : fmt::format("{} expires in {} days", name, left / 24);
    }
    if (seen.files.size() > 1) {
      finding.what +=
          "; also in " + counted(static_cast<std::int64_t>(seen.files.size()) - 1, "other file");
    }
    set_remedy(seen, finding);
    look_.notes.found(std::move(finding));
  }

  void set_remedy(const Seen& seen, Finding& finding) const {
    const Certificate& newest = newest_.at(seen.certificate.subject);
    const bool nameless = seen.certificate.subject.empty();  // so it cannot have a newer one
    if (!nameless && newest.not_after > look_.clock().wall() + look_.within) {
      finding.remedy = Remedy::kDriver;
      finding.with = "driver files: a newer one is " + newest_file_.at(seen.certificate.subject);
      return;
    }
    const std::string live = "/etc/letsencrypt/live/";
    if (!finding.where.starts_with(live)) return;
    const std::string rest = finding.where.substr(live.size());
    finding.with =
        shell_command({"certbot", "renew", "--cert-name", rest.substr(0, rest.find('/'))});
    if (!finding.with.empty()) finding.remedy = Remedy::kByHand;
  }

  Look& look_;
  std::set<std::string> files_;
  std::set<std::string> named_;  // by a configuration: that they are missing is worth a word
  std::int64_t unreadable_ = 0;
  std::vector<Process> processes_;    // of this machine; none in the tree of another
  std::map<std::string, Seen> seen_;  // by fingerprint: a chain is often in several files
  std::map<std::string, Certificate> newest_;
  std::map<std::string, std::string> newest_file_;
};

}  // namespace

void look_at_certificates(Look& look) {
  CertificateProbe(look).run();
}

}  // namespace sideband::scan
