//! The disk as an SQLite VFS. All `unsafe` code of the workspace is in this file.
//!
//! Every file is also open through the default VFS, which does what touches no content: locks, and
//! the shared memory of the write-ahead log (a power cut loses that too, and SQLite rebuilds it). The
//! content is the disk's; the real file gets it when the power is cut.
//! The interface: <https://www.sqlite.org/c3ref/vfs.html>, <https://www.sqlite.org/c3ref/io_methods.html>.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::ffi;

use crate::disk::{Disk, Fault, Loss, Refusal};

/// An SQLite VFS that can be made to fail. Each has its own name and its own disk; it stays
/// registered until the process ends.
#[derive(Debug)]
pub struct PowerCut {
    name: String,
    world: &'static World,
}

#[derive(Debug)]
struct World {
    default: *mut ffi::sqlite3_vfs,
    disk: Mutex<Disk>,
}

// SAFETY: the default VFS is registered by SQLite for the life of the process, and its functions
// may be called from any thread.
unsafe impl Send for World {}
// SAFETY: as above; all else is behind the mutex.
unsafe impl Sync for World {}

impl World {
    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An open file as SQLite holds it. The default VFS's handle of the same file follows it in memory.
#[repr(C)]
struct Handle {
    base: ffi::sqlite3_file,
    world: &'static World,
    name: *mut String,
    era: u64,
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2, // Without xFetch: no mmap.
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// The kinds of files whose content is the disk's; temporary ones go to the default VFS.
const KEPT: c_int = ffi::SQLITE_OPEN_MAIN_DB
    | ffi::SQLITE_OPEN_WAL
    | ffi::SQLITE_OPEN_MAIN_JOURNAL
    | ffi::SQLITE_OPEN_SUPER_JOURNAL;

impl PowerCut {
    /// Registers a new one with SQLite.
    ///
    /// # Panics
    /// When SQLite has no default VFS, or does not take this one.
    #[must_use]
    #[allow(clippy::new_without_default)] // It changes the process: nobody should get one unasked.
    pub fn new() -> PowerCut {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("powercut-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let c_name = CString::new(name.clone()).expect("the name is made above, without a NUL");
        // SAFETY: a null name asks for the default VFS.
        let default = unsafe { ffi::sqlite3_vfs_find(std::ptr::null()) };
        assert!(!default.is_null(), "SQLite has no default VFS");
        let world: &'static World =
            Box::leak(Box::new(World { default, disk: Mutex::new(Disk::default()) }));
        // SAFETY: `default` is not null, and SQLite keeps it valid.
        let mut vfs = unsafe { *default };
        vfs.szOsFile += size_of::<Handle>() as c_int;
        vfs.pNext = std::ptr::null_mut();
        vfs.zName = c_name.into_raw();
        vfs.pAppData = std::ptr::from_ref(world).cast_mut().cast();
        vfs.xOpen = Some(open);
        vfs.xDelete = Some(delete);
        vfs.xAccess = Some(access);
        // SAFETY: the VFS and its name are leaked, so they live as long as SQLite may use them. The
        // functions taken over from the default VFS do not look at `pAppData`.
        let code = unsafe { ffi::sqlite3_vfs_register(Box::into_raw(Box::new(vfs)), 0) };
        assert_eq!(code, ffi::SQLITE_OK, "SQLite takes the VFS");
        PowerCut { name, world }
    }

    /// What to open connections with.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Cuts the power. Every operation fails from now on; close all, then [`PowerCut::power_on`].
    ///
    /// # Errors
    /// When the real disk does not take what survives.
    pub fn cut(&self, loss: Loss) -> std::io::Result<()> {
        self.world.disk().cut(loss)
    }

    /// Cuts the power instead of the change (write, truncation, sync, deletion) that follows the
    /// next `changes` ones.
    pub fn cut_after(&self, changes: u64, loss: Loss) {
        self.world.disk().cut_after(changes, loss);
    }

    /// Lets files be opened again, with what survived.
    pub fn power_on(&self) {
        self.world.disk().power_on();
    }

    /// Whether the power is off.
    pub fn is_dark(&self) -> bool {
        self.world.disk().is_dark()
    }

    /// Lets so many bytes more be written; what is over them fails.
    pub fn fail_writes_after(&self, bytes: u64, fault: Fault) {
        self.world.disk().fail_writes_after(bytes, fault);
    }

    /// Lets every sync fail, and lose what it was to make durable.
    pub fn fail_syncs(&self) {
        self.world.disk().fail_syncs();
    }

    /// Takes back whatever was to fail or to be cut.
    pub fn heal(&self) {
        self.world.disk().heal();
    }

    /// What processes see of a file now, synced or not; `None` where it was not opened.
    pub fn seen(&self, path: &Path) -> Option<Vec<u8>> {
        self.world.disk().seen(&path.to_string_lossy())
    }

    /// Makes processes see these bytes although the disk has only what the real file holds and
    /// takes them for synced: so does a system's cache after a sync that failed.
    ///
    /// # Errors
    /// When the real file cannot be read.
    pub fn put_unsynced(&self, path: &Path, seen: Vec<u8>) -> std::io::Result<()> {
        let durable = std::fs::read(path)?;
        self.world.disk().put(&path.to_string_lossy(), seen, durable);
        Ok(())
    }

    /// How many changes there were so far.
    pub fn changes(&self) -> u64 {
        self.world.disk().changes()
    }
}

/// The world of a VFS that `PowerCut::new` registered.
///
/// # Safety
/// `vfs` is such a VFS.
unsafe fn world(vfs: *mut ffi::sqlite3_vfs) -> &'static World {
    // SAFETY: `pAppData` is the leaked world.
    unsafe { &*(*vfs).pAppData.cast::<World>() }
}

/// # Safety
/// `file` was opened by `open` as a kept file and is not closed.
unsafe fn handle<'h>(file: *mut ffi::sqlite3_file) -> &'h Handle {
    // SAFETY: `open` wrote a `Handle` there.
    unsafe { &*file.cast::<Handle>() }
}

impl Handle {
    fn key(&self) -> (&str, u64) {
        // SAFETY: `name` is a leaked box until `close`, after which there is no handle.
        (unsafe { &*self.name }, self.era)
    }
}

/// The default VFS's handle, behind ours.
///
/// # Safety
/// `file` points to memory of `szOsFile` bytes.
unsafe fn real(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: `szOsFile` is the sum of both sizes, and the size of `Handle` keeps the alignment.
    unsafe { file.cast::<Handle>().add(1).cast() }
}

/// Calls a method of the default VFS's handle.
macro_rules! pass {
    ($file:expr, $method:ident $(, $argument:expr)*) => {{
        let real = real($file);
        match (*(*real).pMethods).$method {
            Some(method) => method(real $(, $argument)*),
            None => ffi::SQLITE_IOERR,
        }
    }};
}

fn code(result: Result<(), Refusal>, dark: c_int) -> c_int {
    match result {
        Ok(()) => ffi::SQLITE_OK,
        Err(Refusal::Dark) => dark,
        Err(Refusal::Write(Fault::Full)) => ffi::SQLITE_FULL,
        Err(Refusal::Write(Fault::Broken)) => ffi::SQLITE_IOERR_WRITE,
        Err(Refusal::Sync) => ffi::SQLITE_IOERR_FSYNC,
    }
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite calls with this VFS, a name that is null or a C string, and `szOsFile` bytes
    // for the file. The name is passed on as it is: the default VFS looks behind its end.
    unsafe {
        (*file).pMethods = std::ptr::null();
        let world = world(vfs);
        let Some(open) = (*world.default).xOpen else { return ffi::SQLITE_CANTOPEN };
        if name.is_null() || flags & KEPT == 0 {
            return open(world.default, name, file, flags, out_flags);
        }
        if world.disk().is_dark() {
            return ffi::SQLITE_CANTOPEN;
        }
        let real = real(file);
        let code = open(world.default, name, real, flags, out_flags);
        if code != ffi::SQLITE_OK {
            return code;
        }
        let name = CStr::from_ptr(name).to_string_lossy().into_owned();
        let syncs_folder =
            flags & ffi::SQLITE_OPEN_CREATE != 0 && flags & ffi::SQLITE_OPEN_MAIN_DB == 0;
        let era = world.disk().open(&name, syncs_folder, || content(real));
        let base = ffi::sqlite3_file { pMethods: &raw const METHODS };
        let name = Box::into_raw(Box::new(name));
        file.cast::<Handle>().write(Handle { base, world, name, era });
    }
    ffi::SQLITE_OK
}

/// The whole content of a file, through the handle: another descriptor, when closed, would take
/// SQLite's locks away.
///
/// # Safety
/// `real` is an open handle of the default VFS.
unsafe fn content(real: *mut ffi::sqlite3_file) -> Vec<u8> {
    // SAFETY: as promised; the buffer has the length that is read.
    unsafe {
        let methods = &*(*real).pMethods;
        let (Some(size), Some(read)) = (methods.xFileSize, methods.xRead) else { return vec![] };
        let mut length = 0;
        size(real, &mut length);
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        read(real, bytes.as_mut_ptr().cast(), bytes.len() as c_int, 0);
        bytes
    }
}

unsafe extern "C" fn delete(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    sync_folder: c_int,
) -> c_int {
    // SAFETY: SQLite calls with this VFS and a C string.
    unsafe {
        let world = world(vfs);
        let text = CStr::from_ptr(name).to_string_lossy();
        if world.disk().delete(&text, sync_folder != 0).is_err() {
            return ffi::SQLITE_IOERR_DELETE;
        }
        match (*world.default).xDelete {
            Some(delete) => delete(world.default, name, 0),
            None => ffi::SQLITE_IOERR_DELETE,
        }
    }
}

unsafe extern "C" fn access(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite calls with this VFS, a C string and a place for the answer.
    unsafe {
        let world = world(vfs);
        let known = world.disk().length(&CStr::from_ptr(name).to_string_lossy());
        match (known, (*world.default).xAccess) {
            // The default VFS, too, takes an empty file for none.
            (Some(length), _) if flags == ffi::SQLITE_ACCESS_EXISTS => {
                *out = c_int::from(length > 0);
                ffi::SQLITE_OK
            }
            (_, Some(access)) => access(world.default, name, flags, out),
            (_, None) => ffi::SQLITE_IOERR_ACCESS,
        }
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: a kept file, closed once: the name is not used again.
    unsafe {
        drop(Box::from_raw(handle(file).name));
        pass!(file, xClose)
    }
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    count: c_int,
    at: i64,
) -> c_int {
    // SAFETY: a kept file, and `count` bytes of room, which need not hold anything yet.
    unsafe {
        let count = usize::try_from(count).unwrap_or(0);
        into.cast::<u8>().write_bytes(0, count);
        let into = std::slice::from_raw_parts_mut(into.cast::<u8>(), count);
        let handle = handle(file);
        let read = handle.world.disk().read(handle.key(), u64::try_from(at).unwrap_or(0), into);
        match read {
            Ok(read) if read == count => ffi::SQLITE_OK,
            Ok(_) => ffi::SQLITE_IOERR_SHORT_READ,
            Err(_) => ffi::SQLITE_IOERR_READ,
        }
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    count: c_int,
    at: i64,
) -> c_int {
    // SAFETY: a kept file, and `count` bytes to write.
    unsafe {
        let bytes = std::slice::from_raw_parts(from.cast(), usize::try_from(count).unwrap_or(0));
        let handle = handle(file);
        let at = u64::try_from(at).unwrap_or(0);
        code(handle.world.disk().write(handle.key(), at, bytes), ffi::SQLITE_IOERR_WRITE)
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, to: i64) -> c_int {
    // SAFETY: a kept file.
    let handle = unsafe { handle(file) };
    let to = u64::try_from(to).unwrap_or(0);
    code(handle.world.disk().truncate(handle.key(), to), ffi::SQLITE_IOERR_TRUNCATE)
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: a kept file.
    let handle = unsafe { handle(file) };
    code(handle.world.disk().sync(handle.key()), ffi::SQLITE_IOERR_FSYNC)
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, out: *mut i64) -> c_int {
    // SAFETY: a kept file, and a place for the answer.
    unsafe {
        let handle = handle(file);
        match handle.world.disk().length(handle.key().0) {
            Some(length) => {
                *out = i64::try_from(length).unwrap_or(i64::MAX);
                ffi::SQLITE_OK
            }
            None => ffi::SQLITE_IOERR_FSTAT,
        }
    }
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: a kept file, passed on.
    unsafe { pass!(file, xLock, level) }
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: a kept file, passed on.
    unsafe { pass!(file, xUnlock, level) }
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: a kept file, passed on.
    unsafe { pass!(file, xCheckReservedLock, out) }
}

unsafe extern "C" fn file_control(
    file: *mut ffi::sqlite3_file,
    what: c_int,
    argument: *mut c_void,
) -> c_int {
    match what {
        // They concern the content, which the real file does not have.
        ffi::SQLITE_FCNTL_SIZE_HINT | ffi::SQLITE_FCNTL_CHUNK_SIZE => ffi::SQLITE_OK,
        ffi::SQLITE_FCNTL_MMAP_SIZE => ffi::SQLITE_NOTFOUND,
        // SAFETY: a kept file, passed on.
        _ => unsafe { pass!(file, xFileControl, what, argument) },
    }
}

unsafe extern "C" fn sector_size(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: a kept file, passed on.
    unsafe { pass!(file, xSectorSize) }
}

unsafe extern "C" fn device_characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: a kept file, passed on.
    unsafe { pass!(file, xDeviceCharacteristics) }
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: a kept file, passed on.
    unsafe { pass!(file, xShmMap, region, size, extend, out) }
}

unsafe extern "C" fn shm_lock(
    file: *mut ffi::sqlite3_file,
    offset: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    // SAFETY: a kept file, passed on.
    unsafe { pass!(file, xShmLock, offset, count, flags) }
}

unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
    // SAFETY: a kept file, passed on.
    unsafe {
        let real = real(file);
        if let Some(barrier) = (*(*real).pMethods).xShmBarrier {
            barrier(real);
        }
    }
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, delete: c_int) -> c_int {
    // SAFETY: a kept file, passed on.
    unsafe { pass!(file, xShmUnmap, delete) }
}
