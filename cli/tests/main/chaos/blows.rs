//! What goes wrong on this day: processes and the broker are killed, connections of every kind are cut.

use std::time::Duration;

use fastrand::Rng;

use super::plant::{Plant, SUBGRAPHS};

/// Strikes once, and says what it did.
pub(super) async fn strike(plant: &mut Plant, random: &mut Rng) -> String {
    // Whatever has ended by itself because something it needs was away is started again, as a container engine would.
    for process in 0..plant.size() {
        plant.revive(process);
    }
    match random.u32(..16) {
        0..8 => kill(plant, 1, random).await,
        8 => kill(plant, 2, random).await,
        9..12 => {
            let subgraph = SUBGRAPHS[random.usize(..SUBGRAPHS.len())];
            plant.drop_connections(subgraph).await;
            format!("dropped the database connections of {subgraph}")
        }
        12..14 => {
            let door = random.usize(..SUBGRAPHS.len());
            plant.doors[door].cut();
            format!("cut all connections to {}", SUBGRAPHS[door])
        }
        _ => {
            plant.broker_door.cut();
            "cut all connections to the broker".to_owned()
        }
    }
}

/// Kills processes, and starts them again after a while.
async fn kill(plant: &mut Plant, count: usize, random: &mut Rng) -> String {
    let killed: Vec<usize> = (0..count).map(|_| random.usize(..plant.size())).collect();
    for process in &killed {
        plant.kill(*process);
    }
    tokio::time::sleep(Duration::from_millis(random.u64(0..1_500))).await;
    for process in &killed {
        plant.revive(*process);
    }
    let names: Vec<_> = killed.iter().map(|process| plant.name(*process)).collect();
    format!("killed {}", names.join(" and "))
}

/// Kills the broker; it comes back with what it had confirmed.
pub(super) async fn kill_broker(plant: &mut Plant, random: &mut Rng) -> String {
    plant.broker.kill().await;
    tokio::time::sleep(Duration::from_millis(random.u64(0..3_000))).await;
    plant.broker.start_again().await;
    "killed the broker".to_owned()
}
