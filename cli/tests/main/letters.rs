//! Dead letters of the bus in the process: nothing outside of it can put them back, so its next start does.

use drivers_klub::databases::Databases;
use drivers_klub::federation::{self, Settings};
use kit::Envelope;
use sqlx::types::Json;
use tokio::time::{Duration, Instant, sleep};

/// What identity hears from a saga that has long ended: it is read, and changes nothing.
const EVENT: &str = include_str!("../../../schema/events/driver_rights.settled.json");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_given_up_before_a_restart_is_tried_again_after_it() {
    let (databases, _held) = Databases::made_by(async |own| testing::database(&own).await).await;
    let good: Envelope = serde_json::from_str(EVENT).unwrap();
    let bad = Envelope { event_id: uuid::Uuid::now_v7(), version: 99, ..good.clone() };
    for event in [&good, &bad] {
        let letter = "INSERT INTO dead_letter (queue, event_id, envelope, error, attempts)
                      VALUES ('identity.rights', $1, $2, 'the cause of then', 5)";
        sqlx::query(letter)
            .bind(event.event_id)
            .bind(Json(event))
            .execute(&databases.identity)
            .await
            .unwrap();
    }
    let running =
        federation::start(Settings::for_demonstration(0, false).unwrap(), &databases).await.unwrap();
    let left = "SELECT event_id, attempts FROM dead_letter ORDER BY event_id";
    let deadline = Instant::now() + Duration::from_secs(300);
    loop {
        let letters: Vec<(uuid::Uuid, i32)> =
            sqlx::query_as(left).fetch_all(&databases.identity).await.unwrap();
        // The one that no version of the consumer reads has failed once more.
        if letters == [(bad.event_id, 6)] {
            break;
        }
        assert!(Instant::now() < deadline, "{letters:?}");
        sleep(Duration::from_millis(20)).await;
    }
    running.stop().await;
}
