//! Short ids, repeated mutations, constraints in words, timers and migrations, on a real database.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use kit::idempotency::{Answer, Attempt, idempotent};
use kit::ids::next_short_id;
use kit::scheduler::{Tick, Timer};
use kit::{Clock, Code, Error, OnConstraint};
use serde_json::json;
use sqlx::migrate::Migrator;
use uuid::Uuid;

use crate::support::database;

#[tokio::test]
async fn short_ids_count_per_prefix_and_business_day() {
    let database = database().await;
    let mut conn = database.acquire().await.unwrap();
    let evening = "2026-01-26T18:29:59Z".parse().unwrap();
    let next_day = "2026-01-26T18:30:00Z".parse().unwrap();
    assert_eq!(next_short_id(&mut conn, "ABC", evening).await.unwrap(), "ABC20260126001");
    assert_eq!(next_short_id(&mut conn, "ABC", evening).await.unwrap(), "ABC20260126002");
    assert_eq!(next_short_id(&mut conn, "ABC", next_day).await.unwrap(), "ABC20260127001");
    assert_eq!(next_short_id(&mut conn, "XYZ", evening).await.unwrap(), "XYZ20260126001");
    sqlx::query("UPDATE short_id_sequence SET last = 999").execute(&mut *conn).await.unwrap();
    assert_eq!(next_short_id(&mut conn, "ABC", evening).await.unwrap(), "ABC202601261000");
}

#[tokio::test]
async fn short_ids_drawn_at_once_are_all_different() {
    let database = database().await;
    let at = "2026-01-26T00:00:00Z".parse().unwrap();
    let drawn = futures_util::future::join_all((0..30).map(|_| {
        let pool = database.pool.clone();
        async move { next_short_id(&mut pool.acquire().await.unwrap(), "ABC", at).await.unwrap() }
    }));
    assert_eq!(drawn.await.into_iter().collect::<std::collections::HashSet<_>>().len(), 30);
}

#[tokio::test]
async fn the_same_key_at_once_has_one_effect_and_one_answer() {
    let database = database().await;
    sqlx::query("CREATE TABLE made (id uuid)").execute(&database.pool).await.unwrap();
    let actor = Uuid::now_v7();
    let calls = (0..8).map(|_| {
        let pool = database.pool.clone();
        tokio::spawn(async move {
            let mut tx = pool.begin().await.unwrap();
            let attempt = Attempt::new(Some("key-1"), actor, "make", &json!({ "a": 1 })).unwrap();
            let clock = Clock::system();
            let answer = idempotent(&mut tx, &clock, attempt, |conn| {
                Box::pin(async move {
                    let id = Uuid::now_v7();
                    sqlx::query("INSERT INTO made VALUES ($1)").bind(id).execute(conn).await?;
                    Ok(id)
                })
            });
            let answer = answer.await.unwrap();
            tx.commit().await.unwrap();
            answer
        })
    });
    let calls: Vec<_> = calls.collect();
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.unwrap());
    }
    assert_eq!(answers.iter().filter(|answer| matches!(answer, Answer::First(_))).count(), 1);
    assert!(answers.iter().all(|answer| answer.entity_id() == answers[0].entity_id()));
    let made: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM made").fetch_all(&database.pool).await.unwrap();
    assert_eq!(made, [answers[0].entity_id()]);
}

#[tokio::test]
async fn a_key_belongs_to_its_actor_its_operation_and_its_input() {
    let database = database().await;
    let (one, two) = (Uuid::now_v7(), Uuid::now_v7());
    let call = |actor, operation: &'static str, key: Option<&'static str>, input: i32| {
        let pool = database.pool.clone();
        async move {
            let mut tx = pool.begin().await.unwrap();
            let attempt = Attempt::new(key, actor, operation, &input)?;
            let answer =
                idempotent(&mut tx, &Clock::system(), attempt, |_| Box::pin(async { Ok(Uuid::now_v7()) }))
                    .await?;
            tx.commit().await.unwrap();
            Ok::<_, Error>(answer)
        }
    };
    let first = call(one, "make", Some("k"), 1).await.unwrap();
    assert_eq!(call(one, "make", Some("k"), 1).await.unwrap(), Answer::Repeated(first.entity_id()));
    assert!(matches!(call(two, "make", Some("k"), 1).await.unwrap(), Answer::First(_)));
    assert!(matches!(call(one, "break", Some("k"), 1).await.unwrap(), Answer::First(_)));
    let misused = call(one, "make", Some("k"), 2).await.unwrap_err();
    assert_eq!((misused.code(), misused.field_name()), (Code::CONFLICT, Some("idempotencyKey")));
    for unfit in ["", "nul \0", "line\nbreak"] {
        let refused = call(one, "make", Some(unfit), 1).await.unwrap_err();
        assert_eq!((refused.code(), refused.field_name()), (Code::VALIDATION, Some("idempotencyKey")));
    }
    assert!(matches!(call(one, "make", None, 1).await.unwrap(), Answer::First(_)));
    assert!(matches!(call(one, "make", None, 1).await.unwrap(), Answer::First(_)));
}

#[tokio::test]
async fn a_failed_mutation_gives_its_key_back() {
    let database = database().await;
    let actor = Uuid::now_v7();
    let attempt = || Attempt::new(Some("k"), actor, "make", &1).unwrap();
    let mut tx = database.begin().await.unwrap();
    let failed =
        idempotent(&mut tx, &Clock::system(), attempt(), |_| Box::pin(async { Err(Error::conflict("no")) }))
            .await;
    assert!(failed.is_err());
    tx.rollback().await.unwrap();
    let mut tx = database.begin().await.unwrap();
    let again =
        idempotent(&mut tx, &Clock::system(), attempt(), |_| Box::pin(async { Ok(Uuid::now_v7()) })).await;
    assert!(matches!(again.unwrap(), Answer::First(_)));
}

#[tokio::test]
async fn a_broken_constraint_becomes_its_own_sentence() {
    let database = database().await;
    let create = "CREATE TABLE person (phone text CONSTRAINT person_phone_key UNIQUE, age int CONSTRAINT person_age CHECK (age > 0))";
    sqlx::query(create).execute(&database.pool).await.unwrap();
    let insert = |phone: &'static str, age: i32| {
        let pool = database.pool.clone();
        async move {
            sqlx::query("INSERT INTO person VALUES ($1, $2)")
                .bind(phone)
                .bind(age)
                .execute(&pool)
                .await
                .on_constraint("person_phone_key", || Error::conflict("This phone is taken").field("phone"))
                .on_constraint("person_age", || Error::validation("age", "Nobody is that young"))
        }
    };
    insert("1", 30).await.unwrap();
    let taken = insert("1", 30).await.unwrap_err();
    assert_eq!((taken.code(), taken.field_name()), (Code::CONFLICT, Some("phone")));
    let young = insert("2", -1).await.unwrap_err();
    assert_eq!((young.code(), young.field_name()), (Code::VALIDATION, Some("age")));
    sqlx::query("DROP TABLE person").execute(&database.pool).await.unwrap();
    let other = insert("3", 30).await.unwrap_err();
    assert_eq!((other.code(), other.message()), (Code::INTERNAL, kit::error::MASKED));
    assert!(other.cause().contains("person"));
}

#[tokio::test]
async fn a_timer_runs_once_for_all_replicas_and_catches_up() {
    let database = database().await;
    let clock = Clock::fixed("2026-01-26T00:00:00Z".parse().unwrap());
    let ticks: Arc<std::sync::Mutex<Vec<Tick>>> = Arc::default();
    let replica = || {
        let ticks = ticks.clone();
        Timer::new("sweep", Duration::from_secs(60), &database.pool, &clock, move |tick| {
            let ticks = ticks.clone();
            async move {
                tokio::time::sleep(Duration::from_millis(50)).await;
                ticks.lock().unwrap().push(tick);
                Ok(())
            }
        })
    };
    let (one, two) = (replica(), replica());
    let (ran_one, ran_two) = tokio::join!(one.run_if_due(), two.run_if_due());
    assert_eq!(usize::from(ran_one.unwrap()) + usize::from(ran_two.unwrap()), 1);
    assert!(!one.run_if_due().await.unwrap(), "it is not due again");
    clock.advance(chrono::Duration::hours(5));
    assert!(two.run_if_due().await.unwrap());
    let ticks = ticks.lock().unwrap().clone();
    assert_eq!(ticks[1].since, ticks[0].until, "no moment is left out");
    assert_eq!(ticks[1].until - ticks[1].since, chrono::Duration::hours(5));
}

#[tokio::test]
async fn a_timer_that_fails_or_panics_stays_due() {
    let database = database().await;
    let clock = Clock::fixed("2026-01-26T00:00:00Z".parse().unwrap());
    let tries = Arc::new(AtomicUsize::new(0));
    let count = tries.clone();
    let timer = Timer::new("sweep", Duration::from_secs(60), &database.pool, &clock, move |_| {
        let count = count.clone();
        async move {
            match count.fetch_add(1, Ordering::SeqCst) {
                0 => Err(Error::internal("not this time")),
                1 => panic!("nor this time"),
                _ => Ok(()),
            }
        }
    });
    assert_eq!(timer.run_if_due().await.unwrap_err().cause(), "not this time");
    assert!(timer.run_if_due().await.unwrap_err().cause().contains("panicked"));
    assert!(timer.run_if_due().await.unwrap());
    assert!(!timer.run_if_due().await.unwrap());
}

#[tokio::test]
async fn migrating_twice_and_at_once_is_harmless() {
    let database = testing::empty_database().await;
    let none = Migrator::with_migrations(Vec::new());
    let (one, two) = tokio::join!(kit::migrate(&database.pool, &none), kit::migrate(&database.pool, &none));
    one.and(two).unwrap();
    kit::migrate(&database.pool, &none).await.unwrap();
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM pg_tables WHERE tablename IN ('outbox', 'inbox', 'timer')")
            .fetch_one(&database.pool)
            .await
            .unwrap();
    assert_eq!(tables, 3);
}

#[tokio::test]
async fn what_a_database_lacks_is_told_without_changing_it() {
    let database = testing::empty_database().await;
    let none = Migrator::with_migrations(Vec::new());
    let all = kit::migrate::COMMON.iter().count();
    for _ in 0..2 {
        assert_eq!(kit::migrate::pending(&database.pool, &none).await.unwrap(), all);
    }
    kit::migrate(&database.pool, &none).await.unwrap();
    assert_eq!(kit::migrate::pending(&database.pool, &none).await.unwrap(), 0);
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (9999, 'of tomorrow', true, '', 0)";
    sqlx::query(newer).execute(&database.pool).await.unwrap();
    let refused = kit::migrate::pending(&database.pool, &none).await.unwrap_err();
    assert!(refused.cause().contains("9999"), "{}", refused.cause());
}

#[tokio::test]
async fn housekeeping_deletes_what_has_served_its_time_and_nothing_else() {
    let database = database().await;
    let clock = Clock::system();
    let attempt = || Attempt::new(Some("k"), Uuid::from_u128(1), "make", &1).unwrap();
    let first = Uuid::now_v7();
    let mut conn = database.acquire().await.unwrap();
    idempotent(&mut conn, &clock, attempt(), |_| Box::pin(async move { Ok(first) })).await.unwrap();
    kit::housekeeping::sweep(&database.pool, &clock).await.unwrap();
    let repeated =
        idempotent(&mut conn, &clock, attempt(), |_| Box::pin(async { Ok(Uuid::now_v7()) })).await.unwrap();
    assert_eq!(repeated, Answer::Repeated(first));
    clock.advance(chrono::Duration::days(8));
    kit::housekeeping::sweep(&database.pool, &clock).await.unwrap();
    let anew =
        idempotent(&mut conn, &clock, attempt(), |_| Box::pin(async { Ok(Uuid::now_v7()) })).await.unwrap();
    assert!(matches!(anew, Answer::First(_)));
}
