/** How far an estimate is from the truth. */
package dev.tweedie.metric;
