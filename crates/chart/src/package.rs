//! Writing `.tgz` archives as `helm package` does.

use std::io::{self, Write};

use flate2::{Compression, GzBuilder};
use serde_json as json;
use value::{Value, yaml};

use crate::{Chart, ChartError, ChartErrorKind};

/// The mark Helm leaves in the gzip header: a subfield `rr` of 40 bytes.
const MARK: &[u8] = b"rr(\0aHR0cHM6Ly95b3V0dS5iZS96OVV6MWljandyTQo=";

/// A packaged chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// `NAME-VERSION.tgz`.
    pub file_name: String,
    /// The archive.
    pub bytes: Vec<u8>,
}

/// Packs a loaded chart as `helm package` does: Chart.yaml written anew, then Chart.lock, values.yaml,
/// schema, templates, other files, and the subcharts' in folders. All times are zero, so the same chart
/// gives the same bytes.
pub fn package(chart: &Chart) -> Result<Package, ChartError> {
    let failed = |source| ChartError::from(ChartErrorKind::Damaged { source });
    let gzip = GzBuilder::new()
        .extra(MARK)
        .comment("Helm")
        .operating_system(255)
        .write(Vec::new(), Compression::default());
    let mut builder = tar::Builder::new(gzip);
    write_chart(&mut builder, chart, chart.name()).map_err(failed)?;
    chart.check_read()?;
    let bytes = builder.into_inner().and_then(flate2::write::GzEncoder::finish).map_err(failed)?;
    Ok(Package { file_name: format!("{}-{}.tgz", chart.name(), chart.version()), bytes })
}

fn write_chart<W: Write>(
    builder: &mut tar::Builder<W>,
    chart: &Chart,
    base: &str,
) -> io::Result<()> {
    let mut metadata = chart.metadata.clone();
    let is_v1 = metadata.api_version == "v1";
    if is_v1 {
        metadata.dependencies.clear();
    }
    let metadata: Value = json::to_value(&metadata).and_then(json::from_value)?;
    write_file(builder, base, "Chart.yaml", yaml::to_string(&metadata).as_bytes())?;
    if let Some(lock) = chart.lock.as_ref().filter(|_| !is_v1) {
        write_file(builder, base, "Chart.lock", yaml::to_string(lock).as_bytes())?;
    }
    if let Some(text) = &chart.values_text {
        write_file(builder, base, "values.yaml", text)?;
    }
    if let Some(schema) = &chart.schema {
        write_file(builder, base, "values.schema.json", schema)?;
    }
    for file in chart.templates.iter().chain(chart.files.iter()) {
        write_file(builder, base, &file.name, &file.data)?;
    }
    for sub in &chart.subcharts {
        write_chart(builder, sub, &format!("{base}/charts/{}", sub.name()))?;
    }
    Ok(())
}

fn write_file<W: Write>(
    builder: &mut tar::Builder<W>,
    base: &str,
    name: &str,
    data: &[u8],
) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_mode(0o644);
    header.set_size(data.len() as u64);
    builder.append_data(&mut header, format!("{base}/{name}"), data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{File, Limits, load_archive, load_files};

    #[test]
    fn a_package_is_the_same_each_time_and_reads_back() {
        let long = format!("files/{}.txt", "x".repeat(150));
        let files = [
            ("Chart.yaml", "version: 1.2.3\nname: app\napiVersion: v2 # comment\ndescription: d\n"),
            ("Chart.lock", "generated: 2024-01-01T00:00:00Z\ndigest: d\n"),
            ("values.yaml", "a: 1 # kept\n"),
            ("values.schema.json", "{}"),
            ("templates/a.yaml", "a"),
            (&long, "b"),
            ("charts/s/Chart.yaml", "name: s\nversion: 0.1.0\n"),
        ];
        let files = files.iter().map(|(name, data)| File::new(*name, data)).collect();
        let chart = load_files(files).unwrap();
        let packed = package(&chart).unwrap();
        assert_eq!(packed, package(&chart).unwrap());
        assert_eq!(packed.file_name, "app-1.2.3.tgz");
        assert_eq!(load_archive(&packed.bytes, &Limits::default()).unwrap(), chart);
        assert!(packed.bytes.windows(MARK.len()).any(|window| window == MARK));
        let mut unpacked = Vec::new();
        io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*packed.bytes), &mut unpacked)
            .unwrap();
        let text = String::from_utf8_lossy(&unpacked);
        assert!(text.contains("apiVersion: v2\ndescription: d\nname: app\nversion: 1.2.3\n"));
    }
}
