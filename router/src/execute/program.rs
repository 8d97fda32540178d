//! A plan made ready to run: keys become slots, documents become body prefixes. Made once per plan, shared by requests.

use super::arena::Place;
use super::layout::{Layout, ROOT};
use super::request;
use federation::plan::{
    ConditionId, EntityBatch, Fetch, FetchKind, KeyId, Leaf, OutputValue, PathStep, Plan, Representation,
    RepresentationField, SelectionId, ShapeId, ShapeValue, Target, TypeSetId, TypeSource,
};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A plan made ready to run.
pub struct Program {
    /// The plan that this was made from.
    pub plan: Arc<Plan>,
    /// Slots of an object by place.
    pub(crate) sizes: Vec<u32>,
    pub(crate) readers: Vec<Reader>,
    pub(crate) writers: Vec<Writer>,
    pub(crate) fetches: Vec<FetchProgram>,
    /// The fetches that wait for a fetch, by its index.
    pub(crate) waiting: Vec<Vec<usize>>,
    /// The writer of `data`.
    pub(crate) output: WriterId,
    type_ids: FxHashMap<Box<[u8]>, u32>,
}

pub(crate) type ReaderId = usize;
pub(crate) type WriterId = usize;

/// How to read an object of an answer into the objects of one place.
pub(crate) struct Reader {
    pub place: Place,
    pub type_source: TypeSource,
    pub fields: Vec<ReadField>,
}

pub(crate) struct ReadField {
    pub name: Box<[u8]>,
    pub key: KeyId,
    pub slot: u32,
    pub object: Option<ReaderId>,
}

/// How to write the objects of one place.
pub(crate) struct Writer {
    pub possible: Option<TypeSetId>,
    pub fields: Vec<WriteField>,
}

pub(crate) struct WriteField {
    /// `"key":`
    pub quoted_key: Box<[u8]>,
    /// Index of the field in the selection, for everything that is rarely needed.
    pub selection: SelectionId,
    pub index: usize,
    pub types: Option<TypeSetId>,
    pub condition: Option<ConditionId>,
    /// The key and slot to read; `None` for `__typename` and introspection.
    pub source: Option<(KeyId, u32)>,
    pub object: Option<WriterId>,
}

/// A fetch made ready.
pub(crate) struct FetchProgram {
    /// The request body up to the first variable.
    pub prefix: Vec<u8>,
    pub kind: FetchProgramKind,
}

pub(crate) enum FetchProgramKind {
    Root { path: Vec<Step>, reader: ReaderId },
    Entities(Vec<BatchProgram>),
}

pub(crate) struct BatchProgram {
    pub targets: Vec<TargetProgram>,
}

pub(crate) struct TargetProgram {
    pub path: Vec<Step>,
    pub types: Option<TypeSetId>,
    pub condition: Option<ConditionId>,
    pub reader: ReaderId,
    pub representations: Vec<RepresentationProgram>,
}

#[derive(Clone, Copy)]
pub(crate) struct Step {
    pub types: Option<TypeSetId>,
    pub key: KeyId,
    pub slot: u32,
}

/// A representation of the objects at one place.
pub(crate) struct RepresentationProgram {
    pub types: Option<TypeSetId>,
    /// `{"__typename":"Name"`, or nothing when the object's own type is to be written.
    pub opening: Option<Vec<u8>>,
    pub keys: Vec<RepresentationSlot>,
    pub requires: Vec<RepresentationSlot>,
}

pub(crate) struct RepresentationSlot {
    pub types: Option<TypeSetId>,
    /// `"name":`
    pub quoted_name: Vec<u8>,
    pub slot: u32,
    pub object: Option<RepresentationObjectProgram>,
}

pub(crate) struct RepresentationObjectProgram {
    pub typename: bool,
    pub fields: Vec<RepresentationSlot>,
}

impl Program {
    /// Makes a plan ready to run.
    pub fn new(plan: Arc<Plan>) -> Self {
        let mut compiler =
            Compiler { plan: &plan, layout: Layout::new(), readers: Vec::new(), writers: Vec::new() };
        let fetches = plan.fetches.iter().map(|fetch| compiler.fetch(fetch)).collect();
        let output = compiler.writer(ROOT, plan.output);
        let mut waiting = vec![Vec::new(); plan.fetches.len()];
        for (index, fetch) in plan.fetches.iter().enumerate() {
            for before in &fetch.after {
                waiting[before.index()].push(index);
            }
        }
        let (sizes, readers, writers) = (compiler.layout.sizes(), compiler.readers, compiler.writers);
        let type_ids = plan.types.iter().zip(0..).map(|(name, id)| (name.as_bytes().into(), id)).collect();
        Self { sizes, readers, writers, fetches, waiting, output, type_ids, plan }
    }

    /// The number of a type name as it stands in an answer, when the plan mentions that type.
    pub(crate) fn type_id(&self, name: &[u8]) -> Option<u32> {
        self.type_ids.get(name).copied()
    }

    /// Whether an object of this type (`None`: unknown) passes a type condition (`None`: all pass).
    pub(crate) fn passes(&self, types: Option<TypeSetId>, type_id: Option<u32>) -> bool {
        types.is_none_or(|set| self.plan.in_set(set, type_id.map(federation::plan::TypeId)))
    }
}

struct Compiler<'a> {
    plan: &'a Plan,
    layout: Layout,
    readers: Vec<Reader>,
    writers: Vec<Writer>,
}

impl Compiler<'_> {
    fn fetch(&mut self, fetch: &Fetch) -> FetchProgram {
        let kind = match &fetch.kind {
            FetchKind::Root { path, shape } => {
                let (path, place) = self.path(path);
                FetchProgramKind::Root { path, reader: self.reader(place, *shape) }
            }
            FetchKind::Entities(batches) => {
                FetchProgramKind::Entities(batches.iter().map(|batch| self.batch(batch)).collect())
            }
        };
        FetchProgram { prefix: request::prefix(fetch), kind }
    }

    fn batch(&mut self, batch: &EntityBatch) -> BatchProgram {
        BatchProgram { targets: batch.targets.iter().map(|target| self.target(batch, target)).collect() }
    }

    fn target(&mut self, batch: &EntityBatch, target: &Target) -> TargetProgram {
        let (path, place) = self.path(&target.path);
        TargetProgram {
            path,
            types: target.types,
            condition: target.condition,
            reader: self.reader(place, batch.shape),
            representations: batch.representations.iter().map(|r| self.representation(place, r)).collect(),
        }
    }

    fn path(&mut self, path: &[PathStep]) -> (Vec<Step>, Place) {
        let mut place = ROOT;
        let mut steps = Vec::with_capacity(path.len());
        for step in path {
            steps.push(Step { types: step.types, key: step.key, slot: self.layout.slot(place, step.key) });
            place = self.layout.below(place, step.key);
        }
        (steps, place)
    }

    fn reader(&mut self, place: Place, shape: ShapeId) -> ReaderId {
        let shape = &self.plan.shapes[shape.index()];
        let mut fields = Vec::with_capacity(shape.fields.len());
        for field in &shape.fields {
            let object = match field.value {
                ShapeValue::Object(shape) => {
                    let below = self.layout.below(place, field.key);
                    Some(self.reader(below, shape))
                }
                // Kept as received, lists included; the response's types decide when it is written.
                ShapeValue::Leaf { .. } | ShapeValue::Scalar => None,
            };
            let name = self.plan.key(field.key).as_bytes().into();
            fields.push(ReadField { name, key: field.key, slot: self.layout.slot(place, field.key), object });
        }
        self.readers.push(Reader { place, type_source: shape.type_source, fields });
        self.readers.len() - 1
    }

    fn representation(&mut self, place: Place, representation: &Representation) -> RepresentationProgram {
        let opening = representation.typename.as_ref().map(|name| {
            let mut opening = b"{\"__typename\":".to_vec();
            crate::response::write_string(name, &mut opening);
            opening
        });
        RepresentationProgram {
            types: representation.types,
            opening,
            keys: self.representation_fields(place, &representation.keys),
            requires: self.representation_fields(place, &representation.requires),
        }
    }

    fn representation_fields(
        &mut self,
        place: Place,
        fields: &[RepresentationField],
    ) -> Vec<RepresentationSlot> {
        let compile = |field: &RepresentationField| RepresentationSlot {
            types: field.types,
            quoted_name: format!("\"{}\":", field.name).into_bytes(),
            slot: self.layout.slot(place, field.key),
            object: field.object.as_ref().map(|object| {
                let below = self.layout.below(place, field.key);
                RepresentationObjectProgram {
                    typename: object.typename,
                    fields: self.representation_fields(below, &object.fields),
                }
            }),
        };
        fields.iter().map(compile).collect()
    }

    fn writer(&mut self, place: Place, id: SelectionId) -> WriterId {
        let selection = &self.plan.selections[id.index()];
        let mut fields = Vec::with_capacity(selection.fields.len());
        for (index, field) in selection.fields.iter().enumerate() {
            let key = match &field.value {
                OutputValue::Key(key) => Some(*key),
                OutputValue::Typename(_) | OutputValue::Introspection | OutputValue::Withheld => None,
            };
            let object = match (field.ty.leaf, key) {
                (Leaf::Object(selection), Some(key)) => {
                    let below = self.layout.below(place, key);
                    Some(self.writer(below, selection))
                }
                _ => None,
            };
            fields.push(WriteField {
                quoted_key: format!("\"{}\":", field.key).into_bytes().into(),
                selection: id,
                index,
                types: field.types,
                condition: field.condition,
                source: key.map(|key| (key, self.layout.slot(place, key))),
                object,
            });
        }
        self.writers.push(Writer { possible: selection.possible, fields });
        self.writers.len() - 1
    }
}
