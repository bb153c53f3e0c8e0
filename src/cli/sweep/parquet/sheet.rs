//! A table of typed columns as a Parquet file.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

/// Rows of one group: enough that columns compress, few enough that they are held in memory.
const GROUP: usize = 131_072;

/// Values of one column, one a row; `None` where a row has none.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Whole numbers.
    Integers(Vec<Option<i64>>),
    /// Numbers.
    Numbers(Vec<Option<f64>>),
    /// True or false.
    Flags(Vec<Option<bool>>),
    /// UTF-8 text.
    Words(Vec<Option<ByteArray>>),
}

impl Column {
    /// The same kind of column, with the rows that `places` names.
    #[must_use]
    pub fn at(&self, places: impl Iterator<Item = usize>) -> Column {
        match self {
            Column::Integers(values) => Column::Integers(places.map(|place| values[place]).collect()),
            Column::Numbers(values) => Column::Numbers(places.map(|place| values[place]).collect()),
            Column::Flags(values) => Column::Flags(places.map(|place| values[place]).collect()),
            Column::Words(values) => Column::Words(places.map(|place| values[place].clone()).collect()),
        }
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Rows.
    pub fn len(&self) -> usize {
        match self {
            Column::Integers(values) => values.len(),
            Column::Numbers(values) => values.len(),
            Column::Flags(values) => values.len(),
            Column::Words(values) => values.len(),
        }
    }

    /// Puts the rows of another column of the same kind behind its own.
    fn append(&mut self, other: Column) {
        match (self, other) {
            (Column::Integers(own), Column::Integers(more)) => own.extend(more),
            (Column::Numbers(own), Column::Numbers(more)) => own.extend(more),
            (Column::Flags(own), Column::Flags(more)) => own.extend(more),
            (Column::Words(own), Column::Words(more)) => own.extend(more),
            // Parts of one table have the same columns.
            _ => {}
        }
    }

    fn field(&self, name: &str) -> Result<Type, ParquetError> {
        let (physical, logical) = match self {
            Column::Integers(_) => (Physical::INT64, None),
            Column::Numbers(_) => (Physical::DOUBLE, None),
            Column::Flags(_) => (Physical::BOOLEAN, None),
            Column::Words(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        };
        Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()
    }

    fn write<W: Write + Send>(
        &self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<(), ParquetError> {
        match self {
            Column::Integers(values) => put::<Int64Type, W>(group, values),
            Column::Numbers(values) => put::<DoubleType, W>(group, values),
            Column::Flags(values) => put::<BoolType, W>(group, values),
            Column::Words(values) => put::<ByteArrayType, W>(group, values),
        }
    }
}

/// Writes the next column of a group: what is there, and for each row whether it is.
fn put<D: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[Option<D::T>],
) -> Result<(), ParquetError> {
    let there: Vec<D::T> = values.iter().flatten().cloned().collect();
    let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let mut column = group
        .next_column()?
        .ok_or_else(|| ParquetError::General("the table has a column less than its rows".into()))?;
    column.typed::<D>().write_batch(&there, Some(&levels), None)?;
    column.close()
}

/// A Parquet file that is being written.
pub struct Sheet<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    held: Vec<Column>,
}

impl<W: Write + Send> Sheet<W> {
    /// A table with these columns, by name and kind (their values do not count); `notes` are kept beside it.
    pub fn new(sink: W, columns: &[(String, Column)], notes: &[(&str, String)]) -> io::Result<Sheet<W>> {
        let start = || {
            let fields = columns.iter().map(|(name, column)| column.field(name).map(Arc::new));
            let fields = fields.collect::<Result<Vec<_>, _>>()?;
            let schema = Type::group_type_builder("points").with_fields(fields).build()?;
            let notes = notes.iter().map(|(key, value)| KeyValue::new((*key).to_owned(), value.clone()));
            let properties = WriterProperties::builder()
                .set_compression(Compression::SNAPPY)
                .set_created_by(concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).to_owned())
                .set_key_value_metadata(Some(notes.collect()))
                .build();
            SerializedFileWriter::new(sink, Arc::new(schema), Arc::new(properties))
        };
        let writer = start().map_err(io_error)?;
        let held = columns.iter().map(|(_, column)| column.at(std::iter::empty())).collect();
        Ok(Sheet { writer, held })
    }

    /// The next rows, a part of each column.
    pub fn push(&mut self, rows: Vec<Column>) -> io::Result<()> {
        for (held, part) in self.held.iter_mut().zip(rows) {
            held.append(part);
        }
        if self.held.first().is_some_and(|column| column.len() >= GROUP) { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        let empty: Vec<Column> = self.held.iter().map(|column| column.at(std::iter::empty())).collect();
        let full = std::mem::replace(&mut self.held, empty);
        let mut write = || {
            let mut group = self.writer.next_row_group()?;
            for column in &full {
                column.write(&mut group)?;
            }
            group.close()?;
            Ok(())
        };
        write().map_err(io_error)
    }

    /// Writes what is held and the end of the file; gives the sink back.
    pub fn finish(mut self) -> io::Result<W> {
        if self.held.first().is_some_and(|column| !column.is_empty()) {
            self.flush()?;
        }
        self.writer.into_inner().map_err(io_error)
    }
}

/// A full disk and a closed pipe stay what they are.
fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other.to_string()),
    }
}
