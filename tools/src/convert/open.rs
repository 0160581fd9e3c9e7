//! Opening a source: plain, gzip, Zstandard or one file in a zip archive, told by content and not by name.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use crate::error::UserError;

const BUFFER_BYTES: usize = 256 * 1024;

/// A source that is open for reading, decompressed.
pub struct Opened {
    /// Its content.
    pub input: Box<dyn BufRead>,
    /// Name of the file inside an archive.
    pub inner_name: Option<String>,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened")
            .field("inner_name", &self.inner_name)
            .finish_non_exhaustive()
    }
}

/// Opens `path`. In an archive with several CSV files, the one whose name contains `wanted` is taken.
///
/// # Errors
/// [`UserError`] when the file cannot be read or the archive does not hold exactly one such file.
pub fn open(path: &Path, wanted: &str) -> Result<Opened, UserError> {
    let io_error =
        |e: io::Error| UserError::new("file.open", format!("cannot open: {e}")).file(path);
    let mut file = File::open(path).map_err(io_error)?;
    if !file.metadata().map_err(io_error)?.is_file() {
        return Err(io_error(io::Error::other("not a regular file")));
    }
    let mut magic = [0; 4];
    let got = read_up_to(&mut file, &mut magic).map_err(io_error)?;
    file.seek(SeekFrom::Start(0)).map_err(io_error)?;
    let plain = |input: Box<dyn BufRead>| Opened {
        input,
        inner_name: None,
    };
    match &magic[..got] {
        [0x28, 0xb5, 0x2f, 0xfd] => {
            let decoder = zstd::Decoder::new(file).map_err(io_error)?;
            Ok(plain(Box::new(BufReader::with_capacity(
                BUFFER_BYTES,
                decoder,
            ))))
        }
        [0x1f, 0x8b, ..] => {
            let decoder = flate2::bufread::MultiGzDecoder::new(BufReader::new(file));
            Ok(plain(Box::new(BufReader::with_capacity(
                BUFFER_BYTES,
                decoder,
            ))))
        }
        [b'P', b'K', 3 | 5, 4 | 6] => open_zip(file, path, wanted),
        _ => Ok(plain(Box::new(BufReader::with_capacity(
            BUFFER_BYTES,
            file,
        )))),
    }
}

fn read_up_to(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while got < buffer.len() {
        match file.read(&mut buffer[got..])? {
            0 => break,
            n => got += n,
        }
    }
    Ok(got)
}

fn open_zip(file: File, path: &Path, wanted: &str) -> Result<Opened, UserError> {
    let zip_error = |e: String| {
        UserError::new("file.zip", format!("cannot read the zip archive: {e}")).file(path)
    };
    let mut archive =
        zip::ZipArchive::new(BufReader::new(file)).map_err(|e| zip_error(e.to_string()))?;
    let all: Vec<(usize, String)> = (0..archive.len())
        .filter_map(|i| archive.name_for_index(i).map(|name| (i, name.to_owned())))
        .filter(|(_, name)| name.to_ascii_lowercase().ends_with(".csv"))
        .collect();
    let matching: Vec<&(usize, String)> = all
        .iter()
        .filter(|(_, name)| name.to_ascii_lowercase().contains(wanted))
        .collect();
    let (index, name) = match (matching.as_slice(), all.as_slice()) {
        ([one], _) => (one.0, one.1.clone()),
        (_, [one]) => (one.0, one.1.clone()),
        _ => {
            return Err(UserError::new(
                "file.zip",
                format!("the archive holds {} CSV files", all.len()),
            )
            .file(path)
            .rule(format!(
                "exactly one CSV file, or one with \"{wanted}\" in its name"
            )));
        }
    };
    let entry = archive
        .by_index_raw(index)
        .map_err(|e| zip_error(e.to_string()))?;
    let (start, length, crc) = (entry.data_start(), entry.compressed_size(), entry.crc32());
    let (method, encrypted) = (entry.compression(), entry.encrypted());
    drop(entry);
    if encrypted {
        return Err(zip_error("the file in it is encrypted".to_owned()));
    }
    // The entry is read from the file itself, so that neither the archive nor its content stays in memory.
    let mut file = archive.into_inner().into_inner();
    file.seek(SeekFrom::Start(start))
        .map_err(|e| zip_error(e.to_string()))?;
    let raw = BufReader::with_capacity(BUFFER_BYTES, file).take(length);
    let content: Box<dyn Read> = match method {
        zip::CompressionMethod::Stored => Box::new(raw),
        zip::CompressionMethod::Deflated => Box::new(flate2::bufread::DeflateDecoder::new(raw)),
        other => return Err(zip_error(format!("compression {other} is not supported"))),
    };
    let checked = Checked {
        content,
        crc: flate2::Crc::new(),
        expected: crc,
    };
    Ok(Opened {
        input: Box::new(BufReader::with_capacity(BUFFER_BYTES, checked)),
        inner_name: Some(name),
    })
}

/// Content whose checksum is compared at its end.
struct Checked {
    content: Box<dyn Read>,
    crc: flate2::Crc,
    expected: u32,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.content.read(buffer)?;
        self.crc.update(&buffer[..got]);
        if got == 0 && !buffer.is_empty() && self.crc.sum() != self.expected {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "checksum of the archive does not fit",
            ));
        }
        Ok(got)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const TEXT: &[u8] = b"34200.5,1,2,3,4,1\n34201.5,1,2,3,4,1\n";

    fn read(path: &Path, wanted: &str) -> Result<(Vec<u8>, Option<String>), String> {
        let mut opened = open(path, wanted).map_err(|e| e.to_string())?;
        let mut all = Vec::new();
        opened
            .input
            .read_to_end(&mut all)
            .map_err(|e| e.to_string())?;
        Ok((all, opened.inner_name))
    }

    fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for (name, content) in files {
            zip.start_file(*name, zip::write::SimpleFileOptions::default())
                .unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn every_packing_gives_the_same_content() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("any_name");
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(TEXT).unwrap();
        let zip = zip_of(&[("ReadMe.txt", b"x"), ("a.csv", TEXT)]);
        for packed in [
            TEXT.to_vec(),
            gz.finish().unwrap(),
            zstd::encode_all(TEXT, 3).unwrap(),
            zip,
        ] {
            std::fs::write(&path, packed).unwrap();
            assert_eq!(read(&path, "message").unwrap().0, TEXT);
        }
    }

    #[test]
    fn an_archive_with_two_files_needs_the_wanted_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.zip");
        std::fs::write(
            &path,
            zip_of(&[("A_message_1.csv", TEXT), ("A_orderbook_1.csv", b"1")]),
        )
        .unwrap();
        assert_eq!(
            read(&path, "message").unwrap(),
            (TEXT.to_vec(), Some("A_message_1.csv".to_owned()))
        );
        assert_eq!(read(&path, "orderbook").unwrap().0, b"1");
        assert!(
            read(&path, "trade")
                .unwrap_err()
                .contains("holds 2 CSV files")
        );
        std::fs::write(&path, zip_of(&[("ReadMe.txt", TEXT)])).unwrap();
        assert!(
            read(&path, "trade")
                .unwrap_err()
                .contains("holds 0 CSV files")
        );
    }

    #[test]
    fn damaged_archives_are_errors() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.zip");
        let whole = zip_of(&[("a.csv", TEXT)]);
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x55;
            std::fs::write(&path, &damaged).unwrap();
            if let Ok((content, Some(_))) = read(&path, "a") {
                assert_eq!(content, TEXT, "byte {at}");
            }
        }
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        assert!(read(&path, "a").is_err());
        assert!(read(dir.path(), "a").is_err());
        assert!(read(&dir.path().join("none"), "a").is_err());
    }
}
