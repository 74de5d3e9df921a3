#include "support/postgres_server.h"

#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <vector>

#include "support/free_port.h"

namespace sideband {
namespace {

namespace fs = std::filesystem;

std::string bin_folder() {
  for (const int version : {17, 16, 15, 14, 13}) {
    const std::string folder = "/usr/lib/postgresql/" + std::to_string(version) + "/bin/";
    if (fs::exists(folder + "initdb")) return folder;
  }
  return "";
}

// PostgreSQL refuses to run as root: then its own user runs it.
void become_postgres() {
  if (::getuid() != 0) return;
  const passwd* user = ::getpwnam("postgres");
  if (user == nullptr || ::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0) ::_exit(127);
}

bool give_to_postgres(const std::string& path) {
  const passwd* user = ::getpwnam("postgres");
  if (::getuid() != 0 || user == nullptr) return true;
  return ::chown(path.c_str(), user->pw_uid, user->pw_gid) == 0;
}

pid_t spawn(const std::vector<std::string>& command) {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  become_postgres();
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  if (std::freopen("/dev/null", "w", stdout) == nullptr) ::_exit(127);
  if (std::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(127);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

int run(const std::vector<std::string>& command) {
  int status = 0;
  ::waitpid(spawn(command), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

PostgresServer* PostgresServer::shared() {
  static const std::unique_ptr<PostgresServer> server = make();
  return server.get();
}

std::unique_ptr<PostgresServer> PostgresServer::make() {
  std::unique_ptr<PostgresServer> made(new PostgresServer());
  if (!made->start()) made.reset();
  if (!made) std::fprintf(stderr, "SKIPPED: no PostgreSQL server binaries that start here\n");
  return made;
}

std::unique_ptr<PostgresServer> PostgresServer::standby_of(const PostgresServer& primary) {
  std::unique_ptr<PostgresServer> made(new PostgresServer());
  if (!made->make_folder()) return nullptr;
  const int copied = run({bin_folder() + "pg_basebackup", "-D", made->folder() + "/data", "-R",
                          "-X", "stream", "-c", "fast", "--no-sync", "-d",
                          "host=" + primary.folder() + " port=" + primary.port() +
                              " user=sideband application_name=standby"});
  if (copied != 0 || !made->run_server()) return nullptr;
  return made;
}

void PostgresServer::crash() {
  ::kill(pid_, SIGQUIT);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void PostgresServer::start_again() {
  SB_CHECK(run_server());
}

void PostgresServer::promote() {
  SB_CHECK(run({bin_folder() + "pg_ctl", "promote", "-w", "-D", folder_.path() + "/data"}) == 0);
}

bool PostgresServer::make_folder() {
  if (bin_folder().empty() || !give_to_postgres(folder_.path())) return false;
  port_ = free_port();
  return true;
}

bool PostgresServer::start() {
  if (!make_folder()) return false;
  const std::string bin = bin_folder();
  const std::string data = folder_.path() + "/data";
  if (run({bin + "initdb", "-D", data, "-A", "trust", "-U", "sideband", "--no-sync",
           "--no-instructions", "-E", "UTF8", "--locale=C"}) != 0) {
    return false;
  }
  return run_server();
}

bool PostgresServer::run_server(const std::vector<std::string>& arguments) {
  const std::string bin = bin_folder();
  std::vector<std::string> command = {
      bin + "postgres", "-D", folder_.path() + "/data", "-k", folder_.path(), "-p", port(), "-F"};
  for (const char* setting : {"full_page_writes=off", "max_connections=50", "listen_addresses="}) {
    command.insert(command.end(), {"-c", setting});
  }
  command.insert(command.end(), arguments.begin(), arguments.end());
  pid_ = spawn(command);
  // pg_isready waits for an answer; the loop covers the time before the socket exists.
  for (int tries = 0; tries < 500; ++tries) {
    if (run({bin + "pg_isready", "-q", "-h", folder_.path(), "-p", port(), "-t", "5"}) == 0)
      return true;
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) return pid_ = 0, false;
    ::usleep(20'000);
  }
  return false;
}

PostgresServer::~PostgresServer() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGQUIT);
  ::waitpid(pid_, nullptr, 0);
}

void PostgresServer::restart(const std::vector<std::string>& arguments) {
  ::kill(pid_, SIGINT);
  ::waitpid(pid_, nullptr, 0);
  SB_CHECK(run_server(arguments));
}

std::string PostgresServer::add_file(const std::string& name, const std::string& bytes) {
  const std::string path = folder_.path(name);
  spill(path, bytes);
  SB_CHECK(::chmod(path.c_str(), 0600) == 0);
  SB_CHECK(give_to_postgres(path));
  return path;
}

std::string PostgresServer::create_database() {
  const std::string name = "t" + std::to_string(++databases_);
  run({bin_folder() + "createdb", "-h", folder_.path(), "-p", port(), "-U", "sideband", name});
  return name;
}

std::string PostgresServer::connection_string(const std::string& database) const {
  return "host=" + folder_.path() + " port=" + port() + " user=sideband dbname=" + database;
}

void PostgresServer::drop_connections() {
  run({bin_folder() + "psql", "-h", folder_.path(), "-p", port(), "-U", "sideband", "-d",
       "postgres", "-c",
       "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
       " AND backend_type = 'client backend'"});
}

}  // namespace sideband
