//! Query and Mutation, joined from the slices.

use std::sync::Arc;

use async_graphql::{EmptySubscription, MergedObject, Schema};

use crate::app::Identity;
use crate::extends::ExtensionQuery;
use crate::otp::graphql::OtpMutation;
use crate::rights::graphql::SagaQuery;
use crate::session::graphql::SessionMutation;
use crate::user::graphql::{UserMutation, UserQuery};

/// Everything that can be asked.
#[derive(Default, MergedObject)]
pub struct Query(UserQuery, SagaQuery, ExtensionQuery);

/// Everything that can be done.
#[derive(Default, MergedObject)]
pub struct Mutation(OtpMutation, SessionMutation, UserMutation);

/// The schema; without a service it can only be printed.
pub fn schema(app: Option<Arc<Identity>>) -> Schema<Query, Mutation, EmptySubscription> {
    let builder = kit::server::schema(Query::default(), Mutation::default(), EmptySubscription);
    match app {
        Some(app) => builder.data(app).finish(),
        None => builder.finish(),
    }
}
