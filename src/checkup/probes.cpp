#include "checkup/look.h"

namespace sideband::scan {

const std::vector<Probe>& all_probes() {
  static const std::vector<Probe> kProbes = {
      {"certificate", "certificates that expire, or are renewed and not served", false,
       &look_at_certificates},
      {"nft", "the loaded nft ruleset against /etc/nftables.conf", true, &look_at_nft},
      {"sysctl", "sysctl.d files against /proc/sys", false, &look_at_sysctl},
      {"service", "services on older configuration or code than on disk", true, &look_at_services},
      {"conffile", "configuration files of packages that were changed", false, &look_at_conffiles},
      {"postgres", "invalid indexes, unvalidated constraints, collation versions", true,
       &look_at_postgres},
      {"queue", "dead letters and failed jobs in RabbitMQ and Redis", true, &look_at_queues},
  };
  return kProbes;
}

}  // namespace sideband::scan
