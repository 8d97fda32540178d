//! Sagas: repeated until an answer comes, given up by nobody, and counted when they are stuck.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::Duration;
use kit::saga::{self, NewSaga, Progress, STUCK_AFTER, State, Worker};
use kit::{Clock, Error};
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::support::database;

const KIND: &str = "errand";

fn clock() -> Clock {
    Clock::fixed("2026-01-27T06:00:00Z".parse().unwrap())
}

async fn begin(pool: &PgPool, clock: &Clock, subject: u128) -> Uuid {
    let id = Uuid::now_v7();
    let new = NewSaga {
        id,
        kind: KIND,
        subject_id: Uuid::from_u128(subject),
        step: "asked",
        payload: json!({ "what": subject.to_string() }),
    };
    saga::begin(&mut pool.acquire().await.unwrap(), clock, new)
        .await
        .unwrap_or_else(|e| panic!("{}", e.log_line()));
    id
}

/// A worker whose step counts itself, in memory and in the database, and goes as told.
fn worker(pool: &PgPool, clock: &Clock, step: Result<Progress, ()>) -> (Worker, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let worker = Worker::new("sagas", pool, clock).on(KIND, move |conn: &mut PgConnection, _| {
        counted.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            sqlx::query("INSERT INTO timer (name, last_run_at) VALUES (gen_random_uuid()::text, now())")
                .execute(conn)
                .await?;
            step.map_err(|()| Error::internal("nobody is at home"))
        })
    });
    (worker, count)
}

async fn run(worker: &Worker) -> usize {
    worker.run_due().await.unwrap_or_else(|e| panic!("{}", e.log_line()))
}

async fn number(pool: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

async fn stuck(pool: &PgPool) -> usize {
    saga::stuck(pool, 100).await.unwrap_or_else(|e| panic!("{}", e.log_line())).len()
}

#[tokio::test]
async fn a_step_without_an_answer_is_repeated_with_growing_pauses_until_somebody_is_told() {
    let (database, clock) = (database().await, clock());
    begin(&database.pool, &clock, 1).await;
    let (worker, count) = worker(&database.pool, &clock, Ok(Progress::Repeated));
    assert_eq!(run(&worker).await, 0, "the answer has its time");
    for (attempt, pause) in [30, 60, 120, 240].into_iter().enumerate() {
        clock.advance(Duration::seconds(pause - 1));
        assert_eq!(run(&worker).await, 0);
        clock.advance(Duration::seconds(1));
        assert_eq!(stuck(&database.pool).await, 0);
        assert_eq!(run(&worker).await, 1, "attempt {attempt}");
    }
    assert_eq!(count.load(Ordering::SeqCst), STUCK_AFTER.unsigned_abs() as usize);
    assert_eq!(stuck(&database.pool).await, 1);
}

#[tokio::test]
async fn a_step_that_fails_leaves_nothing_but_the_note_of_it() {
    let (database, clock) = (database().await, clock());
    let id = begin(&database.pool, &clock, 1).await;
    let (worker, _) = worker(&database.pool, &clock, Err(()));
    clock.advance(Duration::seconds(30));
    assert_eq!(run(&worker).await, 1);
    assert_eq!(number(&database.pool, "SELECT count(*) FROM timer").await, 0);
    let mut conn = database.pool.acquire().await.unwrap();
    let saga = saga::lock(&mut conn, KIND, id).await.unwrap_or_else(|e| panic!("{}", e.log_line())).unwrap();
    assert_eq!((saga.attempts, saga.state), (1, State::Running));
    assert!(saga.last_error.unwrap().contains("nobody is at home"));
}

#[tokio::test]
async fn waiting_for_something_else_is_no_attempt_and_an_end_is_the_end() {
    let (database, clock) = (database().await, clock());
    let id = begin(&database.pool, &clock, 1).await;
    let (worker, count) = worker(&database.pool, &clock, Ok(Progress::Waiting));
    for _ in 0..10 {
        clock.advance(Duration::seconds(30));
        assert_eq!(run(&worker).await, 1);
    }
    assert_eq!(number(&database.pool, "SELECT attempts::int8 FROM saga").await, 0);
    let mut conn = database.pool.acquire().await.unwrap();
    for first in [true, false] {
        let ended = saga::end(&mut conn, &clock, id, State::Completed, None).await;
        assert_eq!(ended.unwrap_or_else(|e| panic!("{}", e.log_line())), first);
    }
    clock.advance(Duration::hours(1));
    assert_eq!((run(&worker).await, count.load(Ordering::SeqCst)), (0, 10));
    assert_eq!(number(&database.pool, "SELECT count(*) FROM saga WHERE payload = '{}'").await, 1);
    clock.advance(Duration::days(31));
    run(&worker).await;
    assert_eq!(number(&database.pool, "SELECT count(*) FROM saga").await, 0, "it was swept");
}

#[tokio::test]
async fn a_later_saga_about_the_same_thing_overtakes_the_earlier() {
    let (database, clock) = (database().await, clock());
    let (first, second) = (begin(&database.pool, &clock, 1).await, begin(&database.pool, &clock, 1).await);
    let mut conn = database.pool.acquire().await.unwrap();
    for (id, runs) in [(first, false), (second, true)] {
        let found = saga::lock(&mut conn, KIND, id).await.unwrap_or_else(|e| panic!("{}", e.log_line()));
        assert_eq!(found.is_some(), runs);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_share_the_work_and_repeat_nothing_twice() {
    let (database, clock) = (database().await, clock());
    for subject in 0..20 {
        begin(&database.pool, &clock, subject).await;
    }
    clock.advance(Duration::seconds(30));
    let (one, count) = worker(&database.pool, &clock, Ok(Progress::Repeated));
    let replicas: Vec<_> = (0..4)
        .map(|_| {
            let replica = one.clone();
            tokio::spawn(async move { run(&replica).await })
        })
        .collect();
    let mut done = 0;
    for replica in replicas {
        done += replica.await.unwrap();
    }
    assert_eq!((done, count.load(Ordering::SeqCst)), (20, 20));
}
