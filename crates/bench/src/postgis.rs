//! A PostgreSQL with PostGIS of the bench's own: started in a temporary directory, reached through a
//! Unix socket only, and removed at the end.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A running cluster; dropping it stops it and removes its files.
pub(crate) struct Cluster {
    directory: PathBuf,
    programs: PathBuf,
    /// PostgreSQL refuses to run as root; then the user of Debian's package runs it.
    other_user: Option<&'static str>,
}

/// Durability is off, which favours PostGIS; memory is ample; plans are not compiled.
const SETTINGS: &str = "
listen_addresses = ''
shared_buffers = 2GB
work_mem = 256MB
maintenance_work_mem = 1GB
effective_cache_size = 8GB
random_page_cost = 1.1
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 8GB
autovacuum = off
jit = off
";

impl Cluster {
    pub(crate) fn start() -> Result<Cluster, String> {
        let programs = newest_programs().ok_or(
            "no PostgreSQL with PostGIS was found under /usr/lib/postgresql and \
             /usr/share/postgresql; on Debian: apt-get install postgresql postgresql-postgis",
        )?;
        let directory =
            std::env::temp_dir().join(format!("deconflict-bench-{}", std::process::id()));
        let is_root = output(Command::new("id").arg("-u"))?.trim() == "0";
        let cluster = Cluster { directory, programs, other_user: is_root.then_some("postgres") };
        cluster.create()?;
        Ok(cluster)
    }

    fn create(&self) -> Result<(), String> {
        let mut install = Command::new("install");
        install.args(["-d", "-m", "700"]);
        if let Some(user) = self.other_user {
            install.args(["-o", user]);
        }
        output(install.arg(&self.directory))?;
        let data = self.directory.join("data");
        output(
            self.command("initdb")
                .args(["--auth=trust", "--username=bench", "--no-sync", "--encoding=UTF8"])
                .args(["--locale=C", "-D"])
                .arg(&data),
        )?;
        let sockets = format!("unix_socket_directories = '{}'\n", self.directory.display());
        let settings = data.join("postgresql.auto.conf");
        fs::write(&settings, SETTINGS.to_owned() + &sockets)
            .map_err(|e| format!("{}: {e}", settings.display()))?;
        output(
            self.command("pg_ctl")
                .args(["start", "--wait", "--silent", "-D"])
                .arg(&data)
                .arg("-l")
                .arg(self.directory.join("log")),
        )?;
        self.run("CREATE EXTENSION postgis; CREATE EXTENSION btree_gist;").map(|_| ())
    }

    fn command(&self, program: &str) -> Command {
        let path = self.programs.join(program);
        let mut command = match self.other_user {
            Some(user) => {
                let mut command = Command::new("runuser");
                command.args(["-u", user, "--"]).arg(path);
                command
            }
            None => Command::new(path),
        };
        command.current_dir(&self.directory);
        command
    }

    /// Runs a script, with data for `COPY` in it, and returns the rows that it prints, fields divided
    /// by `|`. What it prints must come after its data.
    pub(crate) fn run(&self, script: &str) -> Result<String, String> {
        let mut command = self.command("psql");
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "bench"]);
        command.arg("-h").arg(&self.directory).args(["-d", "postgres", "-f", "-"]);
        let mut psql = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| format!("psql: {e}"))?;
        let written = psql.stdin.take().map(|mut stdin| stdin.write_all(script.as_bytes()));
        let done = psql.wait_with_output().map_err(|e| format!("psql: {e}"))?;
        if !done.status.success() || !matches!(written, Some(Ok(()))) {
            return Err(format!("psql: {}", String::from_utf8_lossy(&done.stderr)));
        }
        Ok(String::from_utf8_lossy(&done.stdout).into_owned())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.directory.join("data");
        let stopped =
            output(self.command("pg_ctl").args(["stop", "-m", "immediate", "-D"]).arg(data));
        let removed = fs::remove_dir_all(&self.directory);
        if stopped.is_err() || removed.is_err() {
            eprintln!("{} could not be stopped and removed", self.directory.display());
        }
    }
}

/// The programs of the newest PostgreSQL that PostGIS stands beside, as Debian lays them out.
fn newest_programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    versions
        .filter_map(|version| {
            let programs = version.ok()?.path().join("bin");
            let number: u32 = programs.parent()?.file_name()?.to_str()?.parse().ok()?;
            let postgis = format!("/usr/share/postgresql/{number}/extension/postgis.control");
            let both = programs.join("initdb").exists() && Path::new(&postgis).exists();
            both.then_some((number, programs))
        })
        .max()
        .map(|(_, programs)| programs)
}

/// Runs a command to its end and returns what it prints.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let program = Path::new(command.get_program()).display().to_string();
    let done = command.output().map_err(|e| format!("{program}: {e}"))?;
    if done.status.success() {
        Ok(String::from_utf8_lossy(&done.stdout).into_owned())
    } else {
        Err(format!("{program}: {}", String::from_utf8_lossy(&done.stderr)))
    }
}
